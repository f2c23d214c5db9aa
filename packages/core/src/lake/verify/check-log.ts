import { type Action, parseStats, type Table } from '../../table/index.ts'
import { addCounts, NO_COUNTS } from '../import/accounting.ts'
import { importCommitOf } from '../ledger.ts'
import type { Counts } from '../types.ts'
import { damageOf, type StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'

/** What the commits of the events table say, as far as the log reaches back. */
export interface LogSummary {
  /** The log reaches back to the table's first commit: the sums are of all there ever was. */
  readonly isWhole: boolean
  /** The sums over commits of imports and of what amends them. */
  readonly ledger: Counts
  /** Events that other commits appended and removed; undefined when statistics do not tell. */
  readonly appended: number | undefined
  readonly removed: number | undefined
}

/** Reads every commit that is still there, newest first. A missing one between two others is LOG_DAMAGED. */
export async function checkLog(check: StoreCheck): Promise<LogSummary> {
  const { lake, store, findings } = check
  const events = await lake.eventsTable(store.id)
  const sources = await lake.sourcesTable(store.id)
  for (const table of [events, sources]) await checkGaps(check, table)
  let ledger: Counts = NO_COUNTS
  let oldest = Number.POSITIVE_INFINITY
  let appended: number | undefined = 0
  let removed: number | undefined = 0
  /** Files that went, whose number of rows an older commit tells. */
  const gone = new Set<string>()
  try {
    for await (const { version, actions, commitInfo } of events.history()) {
      check.checkStopped()
      oldest = version
      // What was committed since this check began is not part of what is checked.
      if (version > check.events.version) continue
      check.checked.commits += 1
      if (check.checked.commits % 100 === 0) {
        check.progress('log', check.checked.commits, check.events.version + 1)
      }
      const ours = importCommitOf(commitInfo)
      if (ours) ledger = addCounts(ledger, ours)
      for (const action of actions) {
        if ('add' in action) {
          const rows = parseStats(action.add.stats).numRecords
          if (gone.delete(action.add.path)) removed = plus(removed, rows)
          if (!ours && action.add.dataChange) appended = plus(appended, rows)
        } else if (!ours && isRemoval(action)) gone.add(action.remove.path)
      }
    }
  } catch (error) {
    findings.error('LOG_DAMAGED', `${events.root}/_delta_log/`, damageOf(error), HINTS.log)
  }
  if (gone.size > 0) removed = undefined
  return { isWhole: oldest === 0, ledger, appended, removed }
}

function isRemoval(action: Action): action is Extract<Action, { remove: unknown }> {
  return 'remove' in action && action.remove.dataChange
}

function plus(sum: number | undefined, more: number | undefined): number | undefined {
  return sum === undefined || more === undefined ? undefined : sum + more
}

const COMMIT = /\/(\d{20})\.json$/

async function checkGaps({ lake, findings, checkStopped }: StoreCheck, table: Table): Promise<void> {
  let previous: number | undefined
  for await (const { key } of lake.storage.list(`${table.root}/_delta_log/`)) {
    checkStopped()
    const match = COMMIT.exec(key)
    if (!match) continue
    const version = Number(match[1])
    if (previous !== undefined && version !== previous + 1) {
      const missing =
        version - previous === 2 ? `commit ${previous + 1} is` : `commits ${previous + 1} to ${version - 1} are`
      findings.error('LOG_DAMAGED', `${table.root}/_delta_log/`, `${missing} missing`, HINTS.log)
    }
    previous = version
  }
}
