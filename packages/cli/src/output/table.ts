import { createRequire } from 'node:module'
import type Table from 'cli-table3'

export interface TableOptions {
  /** Right-aligned columns, by index. */
  readonly right?: ReadonlySet<number>
  /** Columns wide enough to fit; longer cells are cut with `…`. Undefined: never cut. */
  readonly maxWidth?: number | undefined
}

/** Draws a table as text; a heading of empty names is left out. */
export function drawTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  // Loaded here because help and errors need no table.
  const TableClass = createRequire(import.meta.url)('cli-table3') as typeof Table
  const table = new TableClass({
    head: head.some((name) => name !== '') ? head.map(oneLine) : [],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, i) => (options.right?.has(i) ? 'right' : 'left')),
    ...(options.maxWidth ? { colWidths: fitWidths(head, rows, options.maxWidth) } : {}),
  })
  for (const row of rows) table.push(options.maxWidth ? row.map(oneLine) : [...row])
  return table.toString()
}

/** Prints a table on standard output. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options?: TableOptions,
): void {
  process.stdout.write(`${drawTable(head, rows, options)}\n`)
}

/** Control characters of a log must not steer the terminal. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => (c === '\n' ? '⏎' : c === '\t' ? ' ' : '�'))
}

/** Shares a line's width: narrow columns get what they need, the widest share what is left. */
function fitWidths(head: readonly string[], rows: readonly (readonly string[])[], maxWidth: number): number[] {
  const wanted = head.map((name, i) => 2 + Math.max(3, name.length, ...rows.map((row) => row[i]?.length ?? 0)))
  let left = maxWidth - head.length - 1
  const widths = new Array<number>(head.length).fill(0)
  const order = wanted.map((width, i) => ({ width, i })).sort((a, b) => a.width - b.width)
  order.forEach(({ width, i }, done) => {
    const share = Math.max(5, Math.floor(left / (order.length - done)))
    widths[i] = Math.min(width, share)
    left -= widths[i]!
  })
  return widths
}
