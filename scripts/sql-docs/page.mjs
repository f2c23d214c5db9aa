// The text of docs/sql.md and of the README's figures, from the program itself. Pure: whoever calls it brings the program
// (compiled for the script, from source for the test) and the goldens.
import { constructs } from './constructs.mjs'

/** @typedef {{ translate: Function, functionFamilies: object, unsupportedFunctions: object }} Program */
/** @typedef {{ queries: number, functions: readonly string[], refused: number, floor: object, functionsFloor: object }} Goldens */

/**
 * @param {Program} program
 * @param {Goldens} goldens ids of functions.jsonl, numbers of lines of the others, and what passes at least
 */
export function sqlPage(program, goldens) {
  return `# Lake SQL

${wrap(
  'What a query may be made of: every construct and every function, each as supported, supported with a note on what to expect, or refused ' +
    'with the reason. `node scripts/sql-docs.mjs` writes this page: every example below has been translated, and the refusals are what it said.',
)}

## How well it is proved

${figures(goldens)}

Trino refuses these and traillake answers them, on purpose:

| case | why |
| --- | --- |
${Object.entries(goldens.functionsFloor.accepted)
  .map(([id, why]) => `| \`${id}\` | ${why} |`)
  .join('\n')}

These have another answer, or none:

| case | why |
| --- | --- |
${Object.entries(goldens.functionsFloor.missing)
  .map(([id, why]) => `| \`${id}\` | ${why} |`)
  .join('\n')}

Where random queries (\`npm run test:trino\`) find the two apart, and it stays so:

| what | how |
| --- | --- |
${Object.entries(goldens.functionsFloor.apart)
  .map(([what, how]) => `| ${what} | ${how} |`)
  .join('\n')}

${constructs.map((group) => constructTable(group, program, goldens)).join('\n\n')}

## Functions

${wrap(
  "Names and answers are Trino's. The note says where DuckDB left to itself would differ, or what to expect. A type in `[…]` may be left out, `…` may " +
    'repeat, one capital letter is any type. "Answers" counts the statements that a real Trino answered and a test holds.',
)}

${Object.entries(program.functionFamilies)
  .map(([family, table]) => functionTable(family, table, goldens))
  .join('\n\n')}

## Functions that are refused

NOT_SUPPORTED gives the reason.

| reason | functions |
| --- | --- |
${refusedRows(program.unsupportedFunctions)}
`
}

/** What stands between `<!-- sql:begin -->` and `<!-- sql:end -->` of the README. */
export function readmeFigures(program, goldens) {
  const known = Object.values(program.functionFamilies).reduce((sum, table) => sum + Object.keys(table).length, 0)
  const refused = Object.keys(program.unsupportedFunctions).length
  return `${wrap(
    `${known} functions of Trino 476 are offered, ${refused} are refused by name (geometries, sketches, machine learning, terminal colours). ` +
      'Every construct and function, with its state: [docs/sql.md](docs/sql.md). Held by `npm test`:',
  )}

${figures(goldens)}`
}

/** @returns the README with new figures; the rest is untouched */
export function withFigures(readme, program, goldens) {
  const [begin, end] = ['<!-- sql:begin -->', '<!-- sql:end -->']
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`the README has no ${begin} … ${end}`)
  return `${readme.slice(0, from)}${begin}\n\n${readmeFigures(program, goldens)}\n\n${readme.slice(to)}`
}

function figures({ queries, functions, refused, floor, functionsFloor }) {
  const { refused: refusals, refusedWithTrinosCode } = floor
  const onPurpose = Object.keys(functionsFloor.accepted).length
  return `| answered by a real Trino 476 | statements | as Trino |
| --- | --- | --- |
| queries over real trails: columns, types, every row | ${count(queries)} | ${count(floor.queries)} |
| functions, operators, casts, clauses | ${count(functions.length)} | ${count(functionsFloor.passed - onPurpose)}, and ${onPurpose} answered on purpose that Trino refuses |
| statements that must be refused | ${count(refused)} | ${count(refusals)} refused, ${count(refusedWithTrinosCode)} with Trino's own code |

Queries over one large data set, which cannot be part of the repository, are skipped in a fresh clone.`
}

function constructTable({ title, rows }, { translate }, goldens) {
  const lines = rows.map((row) => {
    const refusal = refusalOf(row, translate)
    if ((refusal !== undefined) !== (row.refused === true))
      throw new Error(`${row.name}: ${refusal ?? 'is answered'}, which scripts/sql-docs/constructs.mjs does not expect`)
    const state = refusal !== undefined ? `refused: ${cell(refusal)}` : row.note ? `yes: ${cell(row.note)}` : 'yes'
    return `| ${cell(row.name)} | ${code(row.sql)} | ${state} | ${row.refused ? '' : answers(row.goldens ?? [], goldens)} |`
  })
  return `## ${title}\n\n| construct | example | supported | answers |\n| --- | --- | --- | --- |\n${lines.join('\n')}`
}

/** Code and message, without the place; undefined when the example is answered. */
function refusalOf({ sql, options }, translate) {
  try {
    translate(sql, { now: new Date(0), ...options })
    return undefined
  } catch (error) {
    return `${error.reason ?? error.message} [${error.code}]`
  }
}

function functionTable(family, table, goldens) {
  const rows = Object.entries(table)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { overloads, note }]) => {
      const signatures = overloads.map(({ signature }) => code(signature)).join('<br>')
      return `| \`${name}\` | ${signatures} | ${cell(note ?? '')} | ${answers([`fn/${name}/`], goldens)} |`
    })
  return `### ${FAMILIES[family] ?? family}\n\n| function | takes and gives | note | answers |\n| --- | --- | --- | --- |\n${rows.join('\n')}`
}

const FAMILIES = {
  aggregate: 'Aggregates',
  window: 'Window functions',
  string: 'Texts',
  regexp: 'Regular expressions',
  json: 'JSON',
  array: 'Arrays',
  map: 'Maps',
  datetime: 'Dates and times',
  math: 'Numbers',
  conditional: 'Choosing and types',
  url: 'URLs',
  binary: 'Bytes and hashes',
  bitwise: 'Bits',
  misc: 'Others',
}

function refusedRows(unsupported) {
  const byReason = Map.groupBy
    ? Map.groupBy(Object.keys(unsupported), (name) => unsupported[name])
    : Object.keys(unsupported).reduce(
        (all, name) => all.set(unsupported[name], [...(all.get(unsupported[name]) ?? []), name]),
        new Map(),
      )
  return [...byReason].map(([reason, names]) => `| ${cell(reason)} | ${names.map(code).join(', ')} |`).join('\n')
}

function answers(prefixes, { functions }) {
  const number = functions.filter((id) => prefixes.some((prefix) => id.startsWith(prefix))).length
  return number === 0 ? '' : String(number)
}

const count = (number) => number.toLocaleString('en-US')
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const code = (text) => `\`${cell(text)}\``

/** Breaks lines at 150 columns. */
function wrap(text) {
  return text.replace(/(.{1,150})(?: |$)/g, '$1\n').trimEnd()
}
