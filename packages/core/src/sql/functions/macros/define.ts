/** Macros of one family: `trino_name(parameters)` -> body. */
export type MacroBodies = Readonly<Record<string, string>>

/**
 * Turns bodies into statements by name.
 *
 * Bodies raise with a cast that cannot succeed, `CAST('TRINO:CODE:message' AS type)`: `error()` is volatile, and TRY refuses volatile functions.
 * Macro arguments are put in as text, so a body names each as seldom as it can.
 */
export function defineMacros(bodies: MacroBodies): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(bodies).map(([head, body]) => [
      head.slice(0, head.indexOf('(')),
      `CREATE OR REPLACE MACRO ${head} AS ${membersExtracted(body)}`,
    ]),
  )
}

/** `e.k` of a lambda's parameter as a call: in HAVING the engine takes it for a column that is not grouped by. */
function membersExtracted(body: string): string {
  const parameters = new Set([...body.matchAll(/\blambda ([a-z0-9_, ]+):/g)].flatMap(([, names]) => names!.split(', ')))
  return body.replace(/'(?:[^']|'')*'|\b([a-z]\w*)\.([a-z]\w*)\b(?!\()/g, (text, name?: string, member?: string) =>
    name !== undefined && parameters.has(name) ? `struct_extract(${name}, '${member}')` : text,
  )
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`

const NUMERIC = /^(?:TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|BOOLEAN|DECIMAL\(.*\))$/

/** A cast to an engine type that always fails with Trino's error. `message` is literal text. */
export const fail = (code: string, message: string, type = 'BIGINT'): string =>
  failing(quote(`TRINO:${code}:${message}`), type)

/** As `fail`, with a message that is an engine expression of text; where it is NULL nothing fails. */
export const failWith = (code: string, message: string, type = 'BIGINT'): string =>
  failing(`${quote(`TRINO:${code}:`)} || ${message}`, type)

/** Other types are reached by text, so that the engine's message always is that of a number. */
const failing = (text: string, type: string): string =>
  NUMERIC.test(type) ? `CAST(${text} AS ${type})` : `CAST(CAST(CAST(${text} AS BIGINT) AS VARCHAR) AS ${type})`

/** INVALID_FUNCTION_ARGUMENT, Trino's usual answer to a bad argument. */
export const bad = (message: string, type?: string): string => fail('INVALID_FUNCTION_ARGUMENT', message, type)
export const badWith = (message: string, type?: string): string => failWith('INVALID_FUNCTION_ARGUMENT', message, type)
