import { udfsByName } from './udfs.ts'

/**
 * Keeps the engine from computing what may fail for values that no row asks for.
 *
 * Over a dictionary of a data file, DuckDB 1.5 computes a function once a dictionary entry, used or not, when it takes the
 * function to be infallible; after a failure it goes on with the half-computed entries, so that TRY gives garbage or the process
 * crashes. It takes functions with a lambda and functions in JavaScript to be infallible. A cast of a fixed-size array may fail
 * in its eyes (this one never does), and what holds such a cast is computed row by row.
 *
 * @param sql an emitted query or the statement of a macro
 */
export function computedByRow(sql: string): string {
  if (!CONCERNED.test(sql)) return sql
  const open: Frame[] = [frameOf('', '')]
  let word = ''
  for (const [token] of sql.matchAll(TOKEN)) {
    const frame = open.at(-1)!
    if (OPENERS.has(token)) {
      open.push(frameOf(token, token === '(' ? word : ''))
    } else if (CLOSERS.has(token)) {
      endPart(frame)
      open.pop()
      const outer = open.at(-1)!
      outer.only = token === ']' && frame.parts.length === 1 && outer.text.trim() === '' ? frame.parts[0]!.text : ''
      outer.text += `${frame.opener}${argumentsOf(frame).join(',')}${token}`
    } else if (token === ',' && open.length > 1) {
      endPart(frame)
    } else {
      frame.text += token
      if (frame.only !== '' && token.trim() !== '') frame.only = ''
    }
    word = token
  }
  return open[0]!.text
}

interface Part {
  readonly text: string
  /** The element where the text is a list of one, else empty. */
  readonly only: string
}

interface Frame extends Part {
  readonly opener: string
  /** The function, where a call. */
  readonly name: string
  readonly parts: Part[]
  text: string
  only: string
}

const frameOf = (opener: string, name: string): Frame => ({ opener, name, parts: [], text: '', only: '' })

function endPart(frame: Frame): void {
  frame.parts.push({ text: frame.text, only: frame.only })
  frame.text = ''
  frame.only = ''
}

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_]\w*|[()[\]{},]|[^'"A-Za-z_()[\]{},]+|[\s\S]/g
const CONCERNED = /\b(?:list_(?:transform|filter|reduce)|trino_\w+)\(/
const OPENERS = new Set(['(', '[', '{'])
const CLOSERS = new Set([')', ']', '}'])

const WITH_LAMBDA = new Set(['list_transform', 'list_filter', 'list_reduce'])

function argumentsOf({ name, parts }: Frame): readonly string[] {
  const texts = parts.map((part) => part.text)
  if (WITH_LAMBDA.has(name))
    return neverFails(texts[1]!) ? texts : [listByRow(parts[0]!, texts.slice(1)), ...texts.slice(1)]
  const udf = udfsByName().get(name)
  if (udf === undefined) return texts
  return texts.map((text, i) => (udf.fails?.includes(i) === false || isConstant(text) ? text : valueByRow(text)))
}

/** Macros that call the engine's JSON functions for valid JSON alone, and JavaScript that fails by its path only, which is a constant. */
const NEVER_FAILING = new Set([
  'trino_json_extract',
  'trino_json_scalar',
  'trino_json_size',
  'trino_json_array_length',
  'coalesce',
])

/** True for a lambda that does nothing but look up JSON: the array costs as much as that does. */
function neverFails(lambda: string): boolean {
  const code = lambda.replace(/^\s*lambda\b/, '').replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, '')
  const names: readonly string[] = code.match(/\w+/g) ?? []
  return names.length > 0 && names.every((name) => NEVER_FAILING.has(name)) && !/[^\w\s:(),]/.test(code)
}

/** A value as it is, by way of an array of one. */
const valueByRow = (value: string): string => value.replace(/^(\s*)([\s\S]*)$/, '$1array_value($2)[1]')

/**
 * The list of a lambda function. Where it is a constant, the engine looks at the column that the lambda's body uses: then the list
 * takes that column in.
 */
function listByRow({ text, only }: Part, lambda: readonly string[]): string {
  if (!isConstant(text)) return only === '' ? valueByRow(text) : `array_value(${only})`
  const column = /"r\d+"\."(?:[^"]|"")*"/.exec(lambda.join(','))?.[0]
  return column === undefined ? text : valueByRow(`coalesce(CASE WHEN ${column} IS NULL THEN ${text} END, ${text})`)
}

/** True for literals: without a name of a column, of a parameter or of a function. */
function isConstant(sql: string): boolean {
  return !/[a-z"]/.test(sql.replace(/'(?:[^']|'')*'/g, "''"))
}
