import { advancedFilter, basicFilter, type RawRecord, type RecordBatch, selectableEvent } from '../../events/index.ts'
import type { WorkerSettings } from './protocol.ts'

/** Decides which records the store's selectors want, and a trail's basic ones where they are given besides. */
export interface RecordFilter {
  /** Are all records of a category wanted? */
  wantsAll(category: string): boolean
  wants(batch: RecordBatch, record: RawRecord): boolean
}

export function createRecordFilter(
  settings: Pick<WorkerSettings, 'advancedEventSelectors' | 'eventSelectors'>,
): RecordFilter {
  const { advancedEventSelectors: advanced, eventSelectors: basic } = settings
  const categories = advanced.map(({ FieldSelectors: [field, ...others] }) =>
    others.length === 0 && field?.Field === 'eventCategory' ? field.Equals : undefined,
  )
  if (basic === undefined && categories.every((values) => values !== undefined)) {
    // The usual case: what the scanner knows is all that is asked.
    const wanted = new Set(categories.flat())
    return {
      wantsAll: (category) => wanted.has(category),
      wants: (_batch, { category }) => wanted.has(category),
    }
  }
  const wantsAdvanced = advancedFilter(advanced)
  const wantsBasic = basic === undefined ? () => true : basicFilter(basic)
  return {
    wantsAll: () => false,
    wants(batch, record) {
      const event = selectableEvent(batch, record)
      return wantsAdvanced(event) && wantsBasic(event)
    },
  }
}
