import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MOTO = 'moto[server]==5.2.5'
const cache = fileURLToPath(new URL('../../../../node_modules/.cache/', import.meta.url))
const home = join(cache, 'moto-5.2.5')

/** Makes a Python environment with moto, once for a checkout; undefined, aloud, where that cannot be done. */
export async function motoPython(): Promise<string | undefined> {
  const python = join(home, 'bin', 'python')
  if (existsSync(python)) return python
  // Made aside: another test process may be at it too, and whoever is done first wins.
  const part = `${home}.${process.pid}`
  try {
    mkdirSync(cache, { recursive: true })
    await run('python3', ['-m', 'venv', '--copies', part])
    await run(join(part, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', MOTO])
    if (existsSync(home)) rmSync(part, { recursive: true, force: true })
    else renameSync(part, home)
    return python
  } catch (error) {
    rmSync(part, { recursive: true, force: true })
    if (existsSync(python)) return python
    console.warn(`tests with an S3 server are left out: ${MOTO} cannot be installed: ${(error as Error).message}`)
    return undefined
  }
}
