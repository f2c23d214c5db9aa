// Runs in a package's folder before it is packed: brings what the tarball needs from the root, and after it (`--clean`) takes it away.
import { cpSync, existsSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const wanted = [[join(root, 'LICENSE'), 'LICENSE']]
// The demo's sample trails travel with the command, with the file that states their licences.
if (basename(process.cwd()) === 'cli')
  wanted.push([join(root, 'test-data/trails'), 'trails'], [join(root, 'test-data/README.md'), 'trails/README.md'])

for (const [from, to] of process.argv.includes('--clean') ? [...wanted].reverse() : wanted) {
  if (process.argv.includes('--clean')) rmSync(to, { recursive: true, force: true })
  else if (existsSync(from)) cpSync(from, to, { recursive: true })
  else throw new Error(`missing: ${from}`)
}
