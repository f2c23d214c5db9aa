import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlString } from '../../engine/instance.ts'
import { registerRowSource } from '../../engine/table-function.ts'
import type { Place } from '../../events/index.ts'
import type { Identities } from './identities.ts'
import { ANY_CONTENT, judgeAgainst, type KnownContents } from './known-contents.ts'
import type { Decision, StoredFile } from './protocol.ts'
import { Fate, type Rows } from './rows.ts'

/** Settles the fate of rows whose event is stored already. */
export type StoredLookup = (
  identities: Identities,
  decision: Pick<Decision, 'stored' | 'suspects' | 'copies'>,
) => Promise<void>

interface Found {
  /** Position among the candidates. */
  readonly candidate: number
  readonly path: string
  readonly fileRow: bigint
}

/**
 * Makes a lookup on a connection, which is asked for when there is something to look up. It reads two narrow columns of the files, and the text of events only of files where an
 * id was found.
 */
export function createStoredLookup(connect: () => Promise<DuckDBConnection>): StoredLookup {
  let opened: ReturnType<typeof register> | undefined

  function register(connection: DuckDBConnection) {
    const ids = registerRowSource(connection, 'stored_ids', [
      { name: 'n', type: 'BIGINT' },
      { name: 'id', type: 'VARCHAR' },
      { name: 'account', type: 'VARCHAR' },
    ])
    const hits = registerRowSource(connection, 'stored_hits', [
      { name: 'n', type: 'BIGINT' },
      { name: 'path', type: 'VARCHAR' },
      { name: 'file_row', type: 'BIGINT' },
    ])
    return { connection, ids, hits }
  }

  async function findIds(
    { connection, ids }: ReturnType<typeof register>,
    rows: Rows,
    candidates: readonly number[],
    files: readonly StoredFile[],
  ): Promise<readonly Found[]> {
    ids.set({
      rowCount: candidates.length,
      values: [
        (i) => BigInt(i),
        (i) => Buffer.from(rows.eventId(candidates[i]!)!),
        (i) => accountBytes(rows.place(candidates[i]!)),
      ],
    })
    const dates = new Map(files.map((file) => [file.path, file.date]))
    const result = await connection.stream(
      `SELECT c.n, f.filename, f.file_row_number FROM ${scan([...dates.keys()])} f
       JOIN stored_ids() c ON f.eventid = c.id AND f.recipientaccountid IS NOT DISTINCT FROM c.account`,
    )
    const found: Found[] = []
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const [n, path, fileRow] of chunk.getRows() as [bigint, string, bigint][]) {
        const candidate = Number(n)
        // The same id on another day is another event.
        if (dates.get(path) === rows.day(candidates[candidate]!)) found.push({ candidate, path, fileRow })
      }
    }
    return found
  }

  /** Digests of the stored rows. Where others wrote an event twice it has several. */
  async function contentsOf(
    { connection, hits }: ReturnType<typeof register>,
    candidates: readonly number[],
    found: readonly Found[],
    copies: ReadonlySet<string> | undefined,
  ): Promise<KnownContents> {
    hits.set({
      rowCount: found.length,
      values: [(i) => BigInt(found[i]!.candidate), (i) => Buffer.from(found[i]!.path), (i) => found[i]!.fileRow],
    })
    const result = await connection.stream(
      `SELECT h.n, sha256(f.eventjson), f._source FROM ${scan([...new Set(found.map((hit) => hit.path))])} f
       JOIN stored_hits() h ON f.filename = h.path AND f.file_row_number = h.file_row`,
    )
    const contents = new Map<number, Set<string>>()
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const [n, digest, source] of chunk.getRows() as [bigint, string, string | null][]) {
        const row = candidates[Number(n)]!
        const content = source !== null && copies?.has(source) ? ANY_CONTENT : digest
        const known = contents.get(row)
        if (known) known.add(content)
        else contents.set(row, new Set([content]))
      }
    }
    return contents
  }

  /** @param suspects hashes of the event ids that the files can hold; undefined when they are not known */
  async function judge(
    identities: Identities,
    files: readonly StoredFile[],
    copies: ReadonlySet<string> | undefined,
    suspects?: Float64Array,
  ): Promise<void> {
    const { rows } = identities
    const days = new Set(files.map((file) => file.date))
    const candidates = identities
      .firsts(suspects)
      .filter((row) => rows.fate(row) === Fate.kept && days.has(rows.day(row)))
    if (candidates.length === 0) return
    opened ??= register(await connect())
    try {
      const found = await findIds(opened, rows, candidates, files)
      if (found.length === 0) return
      judgeAgainst(await contentsOf(opened, candidates, found, copies), identities)
    } finally {
      opened.ids.clear()
      opened.hits.clear()
    }
  }

  return async (identities, { stored, suspects, copies }) => {
    const own = stored.filter((file) => file.isOwn && suspects)
    const others = stored.filter((file) => !file.isOwn || !suspects)
    await judge(identities, others, copies)
    if (suspects && suspects.length > 0) await judge(identities, own, copies, suspects)
  }
}

function accountBytes({ account }: Place): Buffer | null {
  return account === null ? null : Buffer.from(account)
}

function scan(paths: readonly string[]): string {
  const list = paths.map(quoteSqlString).join(', ')
  return `read_parquet([${list}], filename=true, file_row_number=true, hive_partitioning=false)`
}
