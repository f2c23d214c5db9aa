import { bind, bound, literalText, quoteString, refuse } from './emit.ts'
import { enginePath, parseJsonPath } from './json-text/path.ts'
import type { EmitCall, EmittedArgument, FunctionTable, Overload } from './types.ts'

/**
 * A function of JSON and a path: by the engine where the path is known and has no step of digits (which the engine takes for an index or a name,
 * never both), else in JavaScript.
 */
const byPath =
  (macro: string, js: string): EmitCall =>
  ([json, path]) => {
    const text = literalText(path)
    if (text === undefined) return `${js}(${json!.sql}, ${path!.sql})`
    const steps = parseJsonPath(text)
    if (!steps) return refuse(`Invalid JSON path: '${text}'`, path!.span)
    // The engine has no path to a member without a name.
    if (steps.includes('')) return `${js}(${json!.sql}, ${path!.sql})`
    const digits = steps.filter((step) => /^\d+$/.test(step))
    if (digits.length === 0)
      return bind(json!.sql, (j) => `${macro}(${j}, ${quoteString(enginePath(steps))}, ${path!.sql})`)
    return digits.length === 1 && digits[0]!.length < 10
      ? indexed(steps, macro, json!, path!)
      : `${js}(${json!.sql}, ${path!.sql})`
  }

/** One step of digits: an index where the value there is an array, else a name. */
function indexed(steps: readonly string[], macro: string, json: EmittedArgument, path: EmittedArgument): string {
  const at = steps.findIndex((step) => /^\d+$/.test(step))
  const before = enginePath(steps.slice(0, at))
  const byIndex = `${before}[${Number(steps[at])}]${enginePath(steps.slice(at + 1)).slice(1)}`
  return bind(json.sql, (j) => {
    const call = (p: string): string => `${macro}(${j}, ${quoteString(p)}, ${path.sql})`
    return `coalesce(${call(byIndex)}, ${call(enginePath(steps))})`
  })
}

const ofJson = (result: string, duckdb: Overload['duckdb'], more = ''): readonly Overload[] =>
  ['json', 'varchar'].map((type) => ({ signature: `(${type}${more}) -> ${result}`, duckdb }))

const contains =
  (kind: string): EmitCall =>
  ([json, value]) =>
    `trino_js_json_array_contains(${json!.sql}, '${kind}', CAST(${value!.sql} AS VARCHAR))`

export const jsonFunctions: FunctionTable = {
  json_extract: {
    kind: 'scalar',
    overloads: ofJson('json', byPath('trino_json_extract', 'trino_js_json_extract'), ', varchar'),
    note: 'NULL for text that is no JSON; nothing beyond the value is read',
  },
  json_extract_scalar: {
    kind: 'scalar',
    overloads: [
      { signature: '(json, varchar) -> varchar', duckdb: byPath('trino_json_scalar', 'trino_js_json_scalar') },
      { signature: '(varchar(n), varchar) -> varchar(n)', duckdb: byPath('trino_json_scalar', 'trino_js_json_scalar') },
    ],
    note: 'NULL for objects, arrays and null; numbers as written',
  },
  json_size: {
    kind: 'scalar',
    overloads: ofJson('bigint', byPath('trino_json_size', 'trino_js_json_size'), ', varchar'),
  },
  json_array_get: {
    kind: 'scalar',
    overloads: ofJson('json', 'trino_js_json_array_get', ', bigint'),
    note: 'a string comes back without its quotes, as it does in Trino',
  },
  json_array_length: {
    kind: 'scalar',
    overloads: ofJson('bigint', bound('trino_json_array_length')),
    note: 'NULL for what is no array',
  },
  json_array_contains: {
    kind: 'scalar',
    overloads: ['boolean', 'bigint', 'double', 'varchar'].flatMap((type) =>
      ofJson('boolean', contains(type), `, ${type}`),
    ),
  },
  json_parse: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar) -> json', duckdb: 'trino_json_canonical' }],
    note: 'members by name, numbers rewritten, strict',
  },
  json_format: {
    kind: 'scalar',
    overloads: [{ signature: '(json) -> varchar', duckdb: ([j]) => j!.sql }],
    note: 'json is held as its text',
  },
  is_json_scalar: { kind: 'scalar', overloads: ofJson('boolean', 'trino_js_is_json_scalar') },
}
