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
      `CREATE OR REPLACE MACRO ${head} AS ${body}`,
    ]),
  )
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`

/** A failing cast to a type that text does not cast to by itself: a number or a list. `message` is literal text. */
export const fail = (code: string, message: string, type = 'BIGINT'): string =>
  type === 'VARCHAR' || type === 'BLOB' || type === 'DATE'
    ? failWith(code, quote(message), type)
    : `CAST(${quote(`TRINO:${code}:${message}`)} AS ${type})`

/** As `fail`, with a message that is an engine expression of text, never NULL. */
export function failWith(code: string, message: string, type = 'BIGINT'): string {
  const text = `${quote(`TRINO:${code}:`)} || ${message}`
  switch (type) {
    case 'VARCHAR':
      return `CAST(CAST(${text} AS BIGINT) AS VARCHAR)`
    case 'BLOB':
      return `CAST(CAST(CAST(${text} AS BIGINT) AS VARCHAR) AS BLOB)`
    case 'DATE':
      return `CAST(CAST(CAST(${text} AS BIGINT) AS VARCHAR) AS DATE)`
    default:
      return `CAST(${text} AS ${type})`
  }
}

/** INVALID_FUNCTION_ARGUMENT, Trino's usual answer to a bad argument. */
export const bad = (message: string, type?: string): string => fail('INVALID_FUNCTION_ARGUMENT', message, type)
export const badWith = (message: string, type?: string): string => failWith('INVALID_FUNCTION_ARGUMENT', message, type)
