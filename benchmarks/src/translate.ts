import { spawnSync } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Dialect, transpile } from '@polyglot-sql/sdk'
import { isTraillakeError, translate } from '@traillake/core/sql'
import { median } from './statistics.ts'
import type { FirstFigures } from './translate-first.ts'
import { chained, goldenCatalog, goldenQueries, long, nested, typical } from './translate-texts.ts'

const HELP = `npm run bench:translate -- [options]
  --runs N      counted runs of each text (default 200; fresh processes and large texts a tenth)`

const { values } = parseArgs({
  args: process.argv.slice(2).filter((arg) => arg !== '--'),
  options: { runs: { type: 'string', default: '200' }, help: { type: 'boolean', short: 'h', default: false } },
})
if (values.help) {
  console.log(HELP)
  process.exit(0)
}
const runs = Number(values.runs)
const golden = new URL('../../test-data/golden/queries.jsonl', import.meta.url)

/** CPU milliseconds of all threads of the process: compiling and collecting garbage count, waiting for a busy machine does not. */
interface Times {
  readonly median: number
  readonly min: number
}

const ours = (sql: string) => void translate(sql)
const theirs = (sql: string) => void transpile(sql, Dialect.Trino, Dialect.DuckDB)

/**
 * Each text is run by both in turns, so that what else the machine does slows both alike. The runs before those that count
 * are many: until everything is compiled, compiling is most of the CPU time.
 */
function compare(text: string, count: number): readonly [Times, Times] {
  const sides = [ours, theirs].map((run) => ({ run, ms: [] as number[] }))
  for (let i = -10 * count; i < count; i++) {
    for (const { run, ms } of sides) {
      const taken = cpuOf(() => run(text))
      if (i >= 0) ms.push(taken)
    }
  }
  const [a, b] = sides.map(({ ms }) => timesOf(ms))
  return [a!, b!]
}

function timesOf(ms: readonly number[]): Times {
  return { median: median(ms), min: Math.min(...ms) }
}

function cpuOf(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function first(side: 'traillake' | 'polyglot', text: string): FirstFigures {
  const file = fileURLToPath(new URL('./translate-first.js', import.meta.url))
  const result = spawnSync(process.execPath, [file, side], { input: text, encoding: 'utf8', timeout: 60_000 })
  if (result.status === 0) return JSON.parse(result.stdout) as FirstFigures
  const outcome = `the process ended with ${result.signal ?? result.status}`
  return { ms: Number.NaN, cpuMs: Number.NaN, importCpuMs: Number.NaN, outcome }
}

const show = ({ median, min }: Times) => `${ms(median)} (${ms(min)})`
const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`

console.log('# Translation, traillake beside @polyglot-sql/sdk: CPU time, median (minimum)\n')
console.log(
  `CPU: ${cpus()[0]?.model.trim()}, ${cpus().length} cores, load ${loadavg()[0]!.toFixed(1)}; Node ${process.version}`,
)
console.log(`command: npm run bench:translate -- --runs ${runs}\n`)

console.log('| warm | traillake | polyglot | ratio of medians |\n| --- | --- | --- | --- |')
for (const [name, text, count] of [
  [`typical query, ${typical.split('\n').length} lines, ${typical.length} characters`, typical, runs],
  [`${long().length} characters`, long(), Math.ceil(runs / 4)],
] as const) {
  const [a, b] = compare(text, count)
  console.log(`| ${name} | ${show(a)} | ${show(b)} | ${(a.median / b.median).toFixed(2)}x |`)
}

console.log('\n| first in a fresh process | traillake | of it import | polyglot | of it import |')
console.log('| --- | --- | --- | --- | --- |')
const firsts = Array.from(
  { length: Math.ceil(runs / 10) },
  () => [first('traillake', typical), first('polyglot', typical)] as const,
)
const column = (side: 0 | 1, key: keyof Omit<FirstFigures, 'outcome'>) => timesOf(firsts.map((pair) => pair[side][key]))
const [mine, other] = [0, 1].map((i) => {
  const side = i as 0 | 1
  return `${show(column(side, 'cpuMs'))}, on the clock ${show(column(side, 'ms'))} | ${show(column(side, 'importCpuMs'))}`
})
console.log(`| typical query | ${mine} | ${other} |`)

console.log('\n| golden queries | traillake translates | polyglot parses |\n| --- | --- | --- |')
for (const form of ['quoted', 'bare'] as const) {
  const texts = goldenQueries(golden, form)
  const translated = texts.filter((sql) => succeeds(() => translate(sql, { catalog: goldenCatalog }))).length
  const parsed = texts.filter((sql) => transpile(sql, Dialect.Trino, Dialect.DuckDB).success).length
  console.log(`| stores named by ${form} UUIDs | ${translated} of ${texts.length} | ${parsed} of ${texts.length} |`)
}

console.log('\n## 1,000 deep, and 1,000,000 characters of it: parsed or refused\n')
console.log('| nested | traillake, 1,000 | 1,000,000 characters | polyglot, 1,000 |\n| --- | --- | --- | --- |')
for (const [name, make] of Object.entries(nested)) {
  const text = make(1_000)
  const unit = (make(2_000).length - text.length) / 1_000
  const large = make(Math.floor(1_000_000 / unit))
  const other = first('polyglot', text)
  const outcome = other.outcome === 'ok' || Number.isNaN(other.ms) ? '' : `: ${other.outcome.slice(0, 60)}`
  const told = Number.isNaN(other.ms) ? other.outcome : `${ms(other.cpuMs - other.importCpuMs)}${outcome}`
  console.log(`| ${name} | ${outcomeOf(text, 5)} | ${outcomeOf(large, 2)} | ${told} |`)
}

console.log('\n## Growth: minima over sizes that double\n')
const sizes = { nested: [8, 16, 32, 64], chained: [50, 100, 200, 400, 800] }
for (const [kind, texts] of [
  ['nested', nested],
  ['chained', chained],
] as const) {
  console.log(`| ${kind} | ${sizes[kind].join(' | ')} | last doubling |`)
  console.log(`| --- |${' --- |'.repeat(sizes[kind].length + 1)}`)
  for (const [name, make] of Object.entries(texts)) {
    const times = sizes[kind].map((n) => fastest(make(n), 7))
    const factor = times.at(-1)! / times.at(-2)!
    console.log(`| ${name} | ${times.map(ms).join(' | ')} | ${factor.toFixed(1)}x |`)
  }
  console.log()
}

function succeeds(run: () => void): boolean {
  try {
    run()
    return true
  } catch (error) {
    if (!isTraillakeError(error)) throw error
    return false
  }
}

function fastest(text: string, count: number): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < count; i++) {
    best = Math.min(
      best,
      cpuOf(() => succeeds(() => ours(text))),
    )
  }
  return best
}

function outcomeOf(text: string, count: number): string {
  let outcome = 'translated'
  try {
    ours(text)
  } catch (error) {
    if (!isTraillakeError(error)) throw error
    outcome = `${error.code} at ${error.line}:${error.column}`
  }
  return `${ms(fastest(text, count))}, ${outcome}`
}
