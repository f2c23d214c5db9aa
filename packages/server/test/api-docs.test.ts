import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { operations, unsupportedOperations } from '../src/aws/operations/index.ts'

const file = fileURLToPath(new URL('../../../docs/api.md', import.meta.url))
const BEGIN = '<!-- operations: written by packages/server/test/api-docs.test.ts -->'
const END = '<!-- end of operations -->'

/** The table of all operations of the CloudTrail API, from the code's own. */
function table(): string {
  const carriedOut = [...operations.values()].map(({ name, note }) => ({ name, state: 'yes', note: note ?? '' }))
  const refused = [...unsupportedOperations].map(([name, reason]) => ({ name, state: 'no', note: `${reason}.` }))
  const lines = [...carriedOut, ...refused].map(({ name, state, note }) => `| \`${name}\` | ${state} | ${note} |`)
  return ['| operation | carried out | what is not as in AWS |', '| --- | --- | --- |', ...lines].join('\n')
}

/** Set TRAILLAKE_UPDATE_DOCS=1 to write the table anew. */
test('docs/api.md tells the state of every operation', () => {
  const text = readFileSync(file, 'utf8')
  const [before = '', rest = ''] = text.split(BEGIN)
  const [, after = ''] = rest.split(END)
  const wanted = `${before}${BEGIN}\n\n${table()}\n\n${END}${after}`
  if (process.env.TRAILLAKE_UPDATE_DOCS) writeFileSync(file, wanted)
  expect(readFileSync(file, 'utf8')).toBe(wanted)
})
