import type { DuckDBConnection } from '../../engine/duckdb.ts'
import { quoteSqlName } from '../../engine/instance.ts'
import { TraillakeError } from '../../errors/index.ts'
import { type FooterSums, readFooters } from './footers.ts'
import { type MergeSource, scanSql } from './merge-plan.ts'

/**
 * A new file against the files it joins: how many rows, a sum over what identifies them, and how many values and NULLs every
 * leaf column holds. Nothing is committed that differs.
 *
 * @param before of the files that were joined
 * Errors: ACCOUNTING_MISMATCH, GENERIC_INTERNAL_ERROR.
 */
export async function checkMerged(
  connection: DuckDBConnection,
  { paths, columns, isUniform, order }: MergeSource,
  before: FooterSums,
  output: string,
  identity: readonly string[],
): Promise<void> {
  const names = new Set(columns.map((column) => column.name))
  const wanted = new Set([...identity.filter((name) => names.has(name)), ...order])
  const row = wanted.size === 0 ? '0' : `hash(${[...wanted].map(quoteSqlName).join(', ')})`
  const sum = async (files: readonly string[], uniform: boolean) => {
    const result = await connection.runAndReadAll(
      `SELECT count(*)::VARCHAR, sum(${row})::VARCHAR FROM ${scanSql(files, uniform)}`,
    )
    return result.getRows()[0]!.map(String)
  }
  const [counted, content] = await sum([output], true)
  if (Number(counted) !== before.rows) throw rowsDiffer(before.rows, Number(counted))
  if (content !== (await sum(paths, isUniform))[1]) throw contentDiffers('identities')
  if (!isUniform) return
  const now = await readFooters([output])
  // Other writers call the parts of lists and maps by other names.
  if ([...before.leaves.keys()].sort().join('\n') !== [...now.leaves.keys()].sort().join('\n')) return
  for (const [path, after] of now.leaves) {
    const was = before.leaves.get(path)!
    if (was.values !== after.values) throw contentDiffers(path)
    if (was.nulls !== null && after.nulls !== null && was.nulls !== after.nulls) throw contentDiffers(path)
  }
}

export function rowsDiffer(read: number, counted: number): TraillakeError {
  return new TraillakeError('ACCOUNTING_MISMATCH', { what: 'a compacted file', read, counted })
}

function contentDiffers(what: string): TraillakeError {
  const message = `a compacted file came out with other ${what} than the files it joins; nothing was committed`
  return new TraillakeError('GENERIC_INTERNAL_ERROR', { message })
}
