import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { newFolder, newLake, newServer, trails } from './support.ts'

/** The program `st` of schemathesis 4 (`pip install schemathesis`). */
const schemathesis = process.env.TRAILLAKE_SCHEMATHESIS
if (!schemathesis) console.warn('schemathesis is left out: TRAILLAKE_SCHEMATHESIS names no program `st`')

/** Not checked: what the schema allows may still be no SQL, and methods that there are not are 404 here. */
const EXCLUDED = 'positive_data_acceptance,unsupported_method'

test.skipIf(!schemathesis)(
  'every answer to what schemathesis makes of the OpenAPI document is as the document says',
  { timeout: 600_000 },
  async () => {
    const bucket = newFolder()
    cpSync(trails, join(bucket, 'AWSLogs'), { recursive: true })
    const lake = await newLake()
    await lake.import(trails, { into: 'org' })
    const { url } = await newServer(lake, { buckets: { 'trail-bucket': bucket } })
    const seed = process.env.TRAILLAKE_SEED ?? '20261121'
    const args = ['run', `${url}/openapi.json`, '--max-examples', '50', '--exclude-checks', EXCLUDED, '--no-color']
    if (seed !== 'random') args.push('--seed', seed, '--generation-deterministic')
    const { stdout } = await promisify(execFile)(schemathesis!, args, { cwd: newFolder(), maxBuffer: 1 << 26 }).catch(
      // What it found is in what it printed.
      ({ stdout: report = '', stderr = '' }) => ({ stdout: `${report}${stderr}` }),
    )
    expect(stdout).toMatch(/^ +(\d+) generated, \1 passed/m)
  },
)
