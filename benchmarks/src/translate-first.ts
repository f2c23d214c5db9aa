/* The first translation of a process: `node translate-first.js traillake|polyglot`, a query on standard input, figures as JSON on standard output. */
import { readFileSync } from 'node:fs'

export interface FirstFigures {
  /** Milliseconds from the import to the translation. */
  readonly ms: number
  /** CPU milliseconds of all threads of the process, within `ms`. */
  readonly cpuMs: number
  /** The part of `cpuMs` that is the import. */
  readonly importCpuMs: number
  /** What became of the text: `ok`, or the first line of the refusal. */
  readonly outcome: string
}

const text = readFileSync(0, 'utf8')
const cpu = process.cpuUsage()
const start = performance.now()
const translate = process.argv[2] === 'polyglot' ? await polyglot() : (await import('@traillake/core/sql')).translate
const imported = process.cpuUsage(cpu)
let outcome = 'ok'
try {
  translate(text)
} catch (error) {
  outcome = String((error as Error).message)
    .split('\n')[0]!
    .slice(0, 120)
}
const end = performance.now()
const used = process.cpuUsage(cpu)
const figures: FirstFigures = {
  ms: end - start,
  cpuMs: (used.user + used.system) / 1000,
  importCpuMs: (imported.user + imported.system) / 1000,
  outcome,
}
console.log(JSON.stringify(figures))

async function polyglot(): Promise<(sql: string) => void> {
  const { transpile, Dialect } = await import('@polyglot-sql/sdk')
  return (sql) => {
    const result = transpile(sql, Dialect.Trino, Dialect.DuckDB)
    if (!result.success) throw new Error(result.error ?? 'failed')
  }
}
