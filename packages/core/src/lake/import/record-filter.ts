import type { RawRecord, RecordBatch } from '../../events/index.ts'
import type { WorkerSettings } from './protocol.ts'

/**
 * Decides which records the store's selectors, and a trail's basic ones where given, want.
 *
 * Selectors that ask for nothing but categories are answered from what the scanner knows, without parsing the record again.
 */
export function createRecordFilter(
  settings: Pick<WorkerSettings, 'advancedEventSelectors' | 'eventSelectors'>,
): (batch: RecordBatch, record: RawRecord) => boolean {
  const categories = new Set<string>()
  for (const selector of settings.advancedEventSelectors) {
    const [only, ...others] = selector.FieldSelectors
    if (only?.Field === 'eventCategory' && only.Equals && others.length === 0) for (const c of only.Equals) categories.add(c)
  }
  return (_batch, record) => categories.has(record.category)
}
