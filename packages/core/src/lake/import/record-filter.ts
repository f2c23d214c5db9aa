import { advancedFilter, basicFilter, type RawRecord, type RecordBatch, selectableEvent } from '../../events/index.ts'
import type { WorkerSettings } from './protocol.ts'

/** Decides which records the store's selectors want, and a trail's basic ones where they are given besides. */
export function createRecordFilter(
  settings: Pick<WorkerSettings, 'advancedEventSelectors' | 'eventSelectors'>,
): (batch: RecordBatch, record: RawRecord) => boolean {
  const { advancedEventSelectors: advanced, eventSelectors: basic } = settings
  const categories = advanced.map(({ FieldSelectors: [field, ...others] }) =>
    others.length === 0 && field?.Field === 'eventCategory' ? field.Equals : undefined,
  )
  if (basic === undefined && categories.every((values) => values !== undefined)) {
    // The usual case: what the scanner knows is all that is asked.
    const wanted = new Set(categories.flat())
    return (_batch, record) => wanted.has(record.category)
  }
  const wantsAdvanced = advancedFilter(advanced)
  const wantsBasic = basic === undefined ? () => true : basicFilter(basic)
  return (batch, record) => {
    const event = selectableEvent(batch, record)
    return wantsAdvanced(event) && wantsBasic(event)
  }
}
