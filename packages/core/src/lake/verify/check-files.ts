import { decodePath, fileStats } from '../../table/index.ts'
import { createLocalCopies } from '../local-file.ts'
import { storeFolders } from '../store-layout.ts'
import { damageOf, parquet, rowsOf, type StoreCheck } from './context.ts'
import { HINTS } from './findings.ts'

/**
 * Compares what lies in the folders of a store with what its log names: every live file is there with its size, and what
 * nothing names is told. Fills in `files` and `ledger`.
 */
export async function checkFiles(check: StoreCheck, fast: boolean): Promise<void> {
  const { lake, store, events, sources, findings, checked } = check
  const folders = storeFolders(store.id)
  // What is to be judged is what lies in the lake, not what was copied from it some time ago.
  const { copies: _, ...bare } = lake.storage
  const copies = createLocalCopies(fast ? lake.storage : bare, lake.engine.scratch)
  const dataFiles = new Map([...events.files.values()].map((file) => [file.key, file]))
  const sizes = await listSizes(
    check,
    folders.events,
    new Set([...dataFiles.keys(), ...keysOf(events, folders.events)]),
  )
  for (const [key, file] of dataFiles) {
    check.checkStopped()
    checked.dataFiles += 1
    checked.dataBytes += file.size
    if (!checkSize(check, key, file.size, sizes.get(key))) continue
    const [path] = await copies([key])
    check.files.set(path!, file)
  }
  const live = new Map(check.ledgerFiles.map((file) => [file.key, file]))
  const ledgerSizes = await listSizes(
    check,
    folders.sources,
    new Set([...live.keys(), ...keysOf(sources, folders.sources)]),
  )
  const paths: string[] = []
  for (const [key, file] of live) {
    checked.ledgerFiles += 1
    if (!checkSize(check, key, file.size, ledgerSizes.get(key))) continue
    const [path] = await copies([key])
    try {
      await rowsOf(check.connection, `SELECT sum(hash(COLUMNS(*)))::VARCHAR FROM ${parquet(path!)}`)
      paths.push(path!)
    } catch (error) {
      findings.error('FILE_DAMAGED', key, damageOf(error), HINTS.restore)
    }
  }
  check.ledger = paths
}

/** Files that are live or were removed not long ago, as readers of older versions need them. */
function keysOf({ files, removed }: StoreCheck['events'], root: string): readonly string[] {
  const gone = [...removed.keys()].map((path) => `${root}/${decodePath(path)}`)
  return [...[...files.values()].map((file) => file.key), ...gone]
}

function checkSize({ findings }: StoreCheck, key: string, wanted: number, size: number | undefined): boolean {
  if (size === wanted) return true
  if (size === undefined) findings.error('FILE_MISSING', key, 'the log names it and it is not there', HINTS.restore)
  else findings.error('FILE_SIZE_DIFFERS', key, `it has ${size} bytes, the log says ${wanted}`, HINTS.restore)
  return false
}

/** Sizes of files that the log names; any other one is a finding. */
async function listSizes(
  { lake, findings, checkStopped }: StoreCheck,
  root: string,
  known: ReadonlySet<string>,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>()
  for await (const { key, size } of lake.storage.list(`${root}/`)) {
    checkStopped()
    if (key.startsWith(`${root}/_delta_log/`)) continue
    if (known.has(key)) sizes.set(key, size)
    else {
      const message = `no commit names it (${size} bytes): a process was killed, or it is on its way into the lake`
      findings.warning('FILE_UNKNOWN', key, message, HINTS.vacuum)
    }
  }
  return sizes
}

const FOOTERS_AT_ONCE = 200

/** Reads the footer of every data file: it is sound, and has as many rows as the log says. */
export async function checkFooters(check: StoreCheck): Promise<void> {
  const all = [...check.files]
  for (let at = 0; at < all.length; at += FOOTERS_AT_ONCE) {
    check.checkStopped()
    check.progress('data', at, all.length)
    const some = all.slice(at, at + FOOTERS_AT_ONCE)
    const rows = await footerRows(
      check,
      some.map(([path]) => path),
    ).catch(() => undefined)
    for (const [path, file] of some) {
      try {
        const count = rows?.get(path) ?? (await footerRows(check, [path])).get(path)!
        checkRowCount(check, path, count)
      } catch (error) {
        check.findings.error('FILE_DAMAGED', file.key, damageOf(error), HINTS.restore)
        check.files.delete(path)
      }
    }
  }
}

async function footerRows({ connection }: StoreCheck, paths: readonly string[]): Promise<Map<string, number>> {
  const list = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')
  const sql = `SELECT file_name, num_rows FROM parquet_file_metadata([${list}])`
  return new Map((await rowsOf<[string, bigint]>(connection, sql)).map(([path, rows]) => [path, Number(rows)]))
}

export function checkRowCount({ files, findings }: StoreCheck, path: string, rows: number): void {
  const file = files.get(path)!
  const { numRecords } = fileStats(file)
  if (numRecords === undefined || numRecords === rows) return
  findings.error('ROW_COUNT_DIFFERS', file.key, `it has ${rows} rows, the log says ${numRecords}`, HINTS.restore)
}
