import { skipByteOrderMark, skipWhiteSpace } from '../json-bytes.ts'
import { asText, type Emit, emitText } from './unwrap.ts'

/** The column of whole events, in lower case. */
export const EVENT_JSON = 'eventjson'
/** Each of these says that rows are about events; in lower case. */
export const EVENT_COLUMNS: ReadonlySet<string> = new Set([
  'eventid',
  'eventname',
  'eventsource',
  'eventtime',
  EVENT_JSON,
])

/** The labels of a CSV's header in lower case, where it is one of rows about events. */
export function csvColumns(text: Buffer): readonly string[] | undefined {
  const labels = readRow(text, 0, true)?.cells.map((cell) => cell.toString('utf8').trim().toLowerCase())
  return labels?.some((label) => EVENT_COLUMNS.has(label)) ? labels : undefined
}

/** Takes the events out of the column `eventJson` of a CSV (RFC 4180), stretch by stretch. */
export function createCsvCutter(): (text: Buffer, isLast: boolean, emit: Emit) => number {
  let columns: readonly string[] | undefined

  return (text, isLast, emit) => {
    let p = columns ? 0 : skipWhiteSpace(text, skipByteOrderMark(text, 0), text.length)
    for (;;) {
      const row = readRow(text, p, isLast)
      if (!row) return p
      if (!columns) columns = csvColumns(text.subarray(p)) ?? []
      else if (row.cells.length === columns.length) emitText(row.cells[columns.indexOf(EVENT_JSON)]!, emit)
      // An empty line is no row.
      else if (row.cells.length > 1 || row.cells[0]!.length > 0) emit(asText(text.subarray(p, row.end)))
      p = row.end
    }
  }
}

interface CsvRow {
  readonly cells: readonly Buffer[]
  /** The position of the next row. */
  readonly end: number
}

/** The row at `start`; undefined where there is none, or not all of it yet. */
function readRow(text: Buffer, start: number, isLast: boolean): CsvRow | undefined {
  if (start >= text.length) return undefined
  const cells: Buffer[] = []
  for (let p = start; ; ) {
    const cell = readCell(text, p)
    if (!cell || (cell.end === text.length && !isLast)) return undefined
    cells.push(cell.value)
    p = cell.end + 1
    if (text[cell.end] !== COMMA) return { cells, end: Math.min(p, text.length) }
  }
}

/** A cell and where the comma, the line feed or the end after it is; undefined for quotes that do not close. */
function readCell(text: Buffer, start: number): { readonly value: Buffer; readonly end: number } | undefined {
  if (text[start] !== QUOTE) {
    const end = nextSeparator(text, start)
    const isBeforeLineFeed = text[end] !== COMMA && text[end - 1] === CARRIAGE_RETURN
    return { value: text.subarray(start, isBeforeLineFeed ? Math.max(start, end - 1) : end), end }
  }
  let hasQuotes = false
  for (let p = start + 1; ; ) {
    const quote = text.indexOf(QUOTE, p)
    if (quote === -1) return undefined
    if (text[quote + 1] !== QUOTE) {
      const end = nextSeparator(text, quote + 1)
      // What follows the quotes is part of the cell, which then is not what was meant.
      if (!isBlank(text.subarray(quote + 1, end))) return { value: text.subarray(start, end), end }
      const value = text.subarray(start + 1, quote)
      return { value: hasQuotes ? withoutDoubled(value) : value, end }
    }
    hasQuotes = true
    p = quote + 2
  }
}

function isBlank(text: Buffer): boolean {
  return skipWhiteSpace(text, 0, text.length) === text.length
}

/** As one string of bytes: a cell holds hundreds of quotes, and a buffer for each piece between them fills the memory. */
function withoutDoubled(cell: Buffer): Buffer {
  return Buffer.from(cell.toString('latin1').replaceAll('""', '"'), 'latin1')
}

const QUOTE = 34
const COMMA = 44
const LINE_FEED = 10
const CARRIAGE_RETURN = 13

function nextSeparator(text: Buffer, start: number): number {
  let p = start
  while (p < text.length && text[p] !== COMMA && text[p] !== LINE_FEED) p++
  return p
}
