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
  const open: Frame[] = [{ name: '', opener: '', parts: [], text: '' }]
  let word = ''
  for (const [token] of sql.matchAll(TOKEN)) {
    const frame = open.at(-1)!
    if (OPENERS.has(token)) {
      open.push({ name: token === '(' ? word : '', opener: token, parts: [], text: '' })
    } else if (CLOSERS.has(token)) {
      frame.parts.push(frame.text)
      open.pop()
      const outer = open.at(-1)!
      outer.text += `${frame.opener}${argumentsOf(frame).join(',')}${token}`
    } else if (token === ',' && open.length > 1) {
      frame.parts.push(frame.text)
      frame.text = ''
    } else {
      frame.text += token
    }
    word = /^[A-Za-z_]/.test(token) ? token : ''
  }
  return open[0]!.text
}

interface Frame {
  /** The function, where a call. */
  readonly name: string
  readonly opener: string
  readonly parts: string[]
  text: string
}

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_]\w*|[\s\S]/g
const OPENERS = new Set(['(', '[', '{'])
const CLOSERS = new Set([')', ']', '}'])

const WITH_LAMBDA = new Set(['list_transform', 'list_filter', 'list_reduce'])

function argumentsOf({ name, parts }: Frame): readonly string[] {
  if (WITH_LAMBDA.has(name)) return [listByRow(parts[0]!, parts.slice(1).join(',')), ...parts.slice(1)]
  const udf = udfsByName().get(name)
  if (udf === undefined) return parts
  return parts.map((part, i) => (udf.fails?.includes(i) === false || isConstant(part) ? part : valueByRow(part)))
}

/** A value as it is, by way of an array of one. */
const valueByRow = (value: string): string => value.replace(/^(\s*)([\s\S]*)$/, '$1array_value($2)[1]')

/**
 * The list of a lambda function. Where it is a constant, the engine looks at the column that the lambda's body uses: then the list
 * takes that column in.
 */
function listByRow(list: string, lambda: string): string {
  if (!isConstant(list)) return isOne(list.trim()) ? `array_value(${list.trim().slice(1, -1)})` : valueByRow(list)
  const column = /"r\d+"\."(?:[^"]|"")*"/.exec(lambda)?.[0]
  return column === undefined ? list : valueByRow(`coalesce(CASE WHEN ${column} IS NULL THEN ${list} END, ${list})`)
}

/** `[x]`: one bracket with one element. */
function isOne(list: string): boolean {
  if (!list.startsWith('[')) return false
  let depth = 0
  let at = 0
  for (const [token] of list.matchAll(TOKEN)) {
    at += token.length
    if (OPENERS.has(token)) depth++
    else if (CLOSERS.has(token)) depth--
    if (depth === 0) return at === list.length && list !== '[]'
    if (token === ',' && depth === 1) return false
  }
  return false
}

/** True for literals: without a name of a column, of a parameter or of a function. */
function isConstant(sql: string): boolean {
  return !/[a-z"]/.test(sql.replace(/'(?:[^']|'')*'/g, "''"))
}
