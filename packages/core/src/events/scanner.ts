import type { LayoutName } from '../schema/layouts.ts'

/** Finds records in JSON text and decides how each is typed. Keeps caches: make one per thread and layout, and reuse it. */
export interface RecordScanner {
  readonly layout: LayoutName
}

export function createRecordScanner(layout: LayoutName): RecordScanner {
  return { layout }
}
