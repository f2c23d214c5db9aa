import { ALL_EVENTS_SELECTORS } from '../../../src/events/index.ts'
import type { WorkerSettings } from '../../../src/lake/import/protocol.ts'
import { newFolder } from '../support.ts'

/** Of a batch worker that keeps every event of the layout `events`. */
export function workerSettings(memory: Pick<WorkerSettings, 'engineMemoryBytes' | 'heldBytes'>): WorkerSettings {
  return {
    importId: 'i',
    schema: 'events',
    layout: 'date',
    advancedEventSelectors: ALL_EVENTS_SELECTORS,
    eventSelectors: undefined,
    locations: [],
    staging: newFolder(),
    scratch: newFolder(),
    dryRun: false,
    ...memory,
  }
}
