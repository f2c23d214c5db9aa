import { isUtf8 } from 'node:buffer'
import { compactJson } from '../compact.ts'
import { skipValue, skipWhiteSpace } from '../json-bytes.ts'
import { elements, isArray, isObject, isString, members } from '../json-text.ts'

/** Takes one entry: JSON text with matching brackets. What is no object counts as an entry that is no record. */
export type Emit = (entry: Buffer) => void

/**
 * Gives the records that a JSON value of any form stands for: those of an answer or envelope, or the value itself. Nothing is
 * left out but messages by which CloudWatch Logs tries whether its subscriber listens.
 *
 * @param value one JSON value by its brackets; what else it is decides whoever reads the entries
 */
export function unwrap(value: Buffer, emit: Emit): void {
  const all = membersOf(value)
  const list = all && listOf(all)
  if (list) for (const element of list) unwrapOne(Buffer.from(element), emit, MAX_WRAPPINGS)
  else unwrapMembers(value, all, emit, MAX_WRAPPINGS)
}

/** A list's element, a message in it, an envelope in that: no source wraps an event more often. */
const MAX_WRAPPINGS = 3

/** How records of trails begin. */
const BARE = Buffer.from('{"eventVersion":')

function isBare(value: Buffer): boolean {
  return value.subarray(0, BARE.length).equals(BARE)
}

/** Undefined for what is no object, and for records of trails. */
function membersOf(value: Buffer): ReadonlyMap<string, string> | undefined {
  if (isBare(value) || value[0] !== 123 || !isUtf8(value)) return undefined
  const compact = compactJson(value)
  return compact && new Map(members(compact.toString('utf8')).map((member) => [member.key, member.value]))
}

/** What an answer or a delivery holds: the texts of its elements. */
function listOf(all: ReadonlyMap<string, string>): readonly string[] | undefined {
  if (all.has('eventVersion')) return undefined
  const rows = all.get('QueryResultRows')
  if (rows !== undefined && isArray(rows)) return elements(rows).map(objectOfRow)
  for (const key of ['Records', 'Events', 'logEvents', 'events']) {
    const list = all.get(key)
    if (list === undefined || !isArray(list)) continue
    return all.get('messageType') === '"CONTROL_MESSAGE"' ? [] : elements(list)
  }
  return undefined
}

/** A row of `GetQueryResults`, a list of objects with one member each, as one object. */
function objectOfRow(row: string): string {
  const cells = isArray(row) ? elements(row) : []
  return cells.length > 0 && cells.every(isObject) ? `{${cells.map((cell) => cell.slice(1, -1)).join(',')}}` : row
}

function unwrapOne(value: Buffer, emit: Emit, wrappings: number): void {
  unwrapMembers(value, wrappings > 0 ? membersOf(value) : undefined, emit, wrappings)
}

function unwrapMembers(
  value: Buffer,
  all: ReadonlyMap<string, string> | undefined,
  emit: Emit,
  wrappings: number,
): void {
  const inner = all && wrappedIn(all)
  if (inner === undefined) emit(value)
  else if (!isString(inner)) unwrapOne(Buffer.from(inner), emit, wrappings - 1)
  else emitText(Buffer.from(JSON.parse(inner) as string), (text) => unwrapOne(text, emit, wrappings - 1))
}

/** The value in which a wrapping keeps its record. */
function wrappedIn(all: ReadonlyMap<string, string>): string | undefined {
  if (all.has('eventVersion')) return undefined
  if (all.get('detail-type')?.endsWith(' via CloudTrail"')) return all.get('detail')
  const whole = all.get('CloudTrailEvent') ?? all.get('message')
  if (whole !== undefined) return whole
  for (const [key, cell] of all) if (key.toLowerCase() === 'eventjson') return cell
  return undefined
}

/** Gives a text that should be one object. */
export function emitText(text: Buffer, emit: Emit): void {
  const start = skipWhiteSpace(text, 0, text.length)
  const end = text[start] === 123 ? skipValue(text, start, text.length) : -1
  const isOne = end > 0 && skipWhiteSpace(text, end, text.length) === text.length
  emit(isOne ? text.subarray(start, end) : asText(text))
}

/** Bytes that are no JSON value as one: a string, so that they can stand between entries. */
export function asText(bytes: Buffer): Buffer {
  return Buffer.from(JSON.stringify(bytes.toString('utf8')))
}
