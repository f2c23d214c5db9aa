// Writes the table of docs/errors.md from the code table: `node scripts/error-docs.mjs` after a build.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { errorCodes } from '../packages/core/dist/errors/index.js'

const page = fileURLToPath(new URL('../docs/errors.md', import.meta.url))
const parameters = new Proxy({}, { get: (_, name) => (name === Symbol.toPrimitive ? undefined : `<${String(name)}>`) })
const rows = Object.entries(errorCodes)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([code, { kind, message }]) => {
    const text = message(parameters)
    return `| \`${code}\` | ${kind} | ${text === '<message>' ? "Trino's own text" : text.replaceAll('|', '\\|')} |`
  })
const before = readFileSync(page, 'utf8').split('<!-- codes -->')[0]
writeFileSync(
  page,
  `${before}<!-- codes -->\n\n| code | at fault | message |\n| --- | --- | --- |\n${rows.join('\n')}\n`,
)
