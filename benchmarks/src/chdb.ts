import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dataFiles } from './data-files.ts'
import type { QueryFigures } from './phase.ts'

export interface ChDbSuite {
  readonly queries: readonly string[]
  readonly runs: number
  readonly threads: number
  /** Loads the rows into a MergeTree first; else they are read from the lake's files. */
  readonly table: boolean
}

/** Times ClickHouse over the data files of a lake; undefined without `TRAILLAKE_CHDB`, a Python that has the package chdb. */
export async function chDb(location: string, suite: ChDbSuite): Promise<QueryFigures | undefined> {
  const python = process.env.TRAILLAKE_CHDB
  if (!python) return undefined
  const work = mkdtempSync(join(tmpdir(), 'traillake-chdb-'))
  try {
    for (const [i, file] of (await dataFiles(location)).entries()) symlinkSync(file, join(work, `${i}.parquet`))
    const { status, stdout, stderr } = spawnSync(
      python,
      [fileURLToPath(new URL('../src/chdb-suite.py', import.meta.url))],
      {
        input: JSON.stringify({ ...suite, files: join(work, '*.parquet'), folder: join(work, 'clickhouse') }),
        encoding: 'utf8',
      },
    )
    if (status !== 0) throw new Error(stderr)
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as QueryFigures
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
