import { errorCodes } from '../../errors/codes.ts'
import { type ErrorCode, TraillakeError } from '../../errors/index.ts'

interface Rule {
  readonly pattern: RegExp
  readonly make: (match: RegExpExecArray) => TraillakeError
}

const trino = (
  code: 'NUMERIC_VALUE_OUT_OF_RANGE' | 'INVALID_FUNCTION_ARGUMENT' | 'INVALID_CAST_ARGUMENT' | 'INVALID_WINDOW_FRAME',
  message: string,
): TraillakeError => new TraillakeError(code, { message })

const INTEGER_NAMES: Readonly<Record<string, string>> = {
  INT8: 'tinyint',
  INT16: 'smallint',
  INT32: 'integer',
  INT64: 'bigint',
  INT128: 'bigint',
}
const STORED: Readonly<Record<string, string>> = {
  '-128': 'MAX_BYTE for type tinyint',
  '-32768': 'MAX_SHORT for type smallint',
  '-2147483648': 'MAX_INT for type integer',
}
const SIGNS: Readonly<Record<string, string>> = { addition: '+', subtraction: '-', multiplication: '*' }

/** What the engine cannot plan, though it means something: refused by name. */
const unplanned = (pattern: RegExp, what: string): Rule => ({
  pattern,
  make: () => new TraillakeError('NOT_SUPPORTED', { message: `${what} is not supported` }),
})

const rules: readonly Rule[] = [
  unplanned(/subqueries in lambda expressions are not supported/, 'a sub-query where a value is used more than once'),
  unplanned(/Cannot perform non-inner join on subquery/, 'a sub-query in the condition of an outer join'),
  {
    // A failing cast that carries Trino's error: emitted by us, in Trino's words.
    pattern: /TRINO:([A-Z_]+):?(.*)$/s,
    make: ([, code, rest]) =>
      carried(
        code!,
        rest!.replace(/(?:' to [A-Z0-9]+(?:\([\d,]+\))?|" to DECIMAL\([\d,]+\))?\s*(?:\n\nLINE \d+:.*)?$/s, ''),
      ),
  },
  {
    pattern: /Overflow in (addition|subtraction|multiplication) of (INT\d+) \(?(-?\d+) [-+*] (-?\d+)\)?/,
    make: ([, operation, type, a, b]) =>
      trino(
        'NUMERIC_VALUE_OUT_OF_RANGE',
        `${INTEGER_NAMES[type!]} ${operation} overflow: ${a} ${SIGNS[operation!]} ${b}`,
      ),
  },
  {
    // Only bigint notices at once; the others fail when the result is stored.
    pattern: /Overflow in division of (-\d+) \/ -1/,
    make: ([, smallest]) =>
      smallest === '-9223372036854775808'
        ? trino('NUMERIC_VALUE_OUT_OF_RANGE', `bigint division overflow: ${smallest} / -1`)
        : new TraillakeError('GENERIC_INTERNAL_ERROR', {
            message: `Value ${smallest!.slice(1)} exceeds ${STORED[smallest!] ?? 'the largest value of its type'}`,
          }),
  },
  {
    pattern: /Overflow in negation|Cannot negate|Overflow in abs|Overflow on abs/i,
    make: () => trino('NUMERIC_VALUE_OUT_OF_RANGE', 'bigint negation overflow'),
  },
  {
    pattern: /Overflow in .*DECIMAL|Casting value .* to type DECIMAL.*out of range/,
    make: () => trino('NUMERIC_VALUE_OUT_OF_RANGE', 'Decimal overflow'),
  },
  {
    pattern: /value is out of range|out of range|[Oo]verflow/,
    make: () => trino('NUMERIC_VALUE_OUT_OF_RANGE', 'Value is out of range'),
  },
  { pattern: /More than one row returned by a subquery/, make: () => new TraillakeError('SUBQUERY_MULTIPLE_ROWS', {}) },
  {
    pattern: /Invalid (?:RANGE|ROWS|GROUPS) (PRECEDING|FOLLOWING) value/,
    make: () => trino('INVALID_WINDOW_FRAME', 'Window frame offset value must not be negative or null'),
  },
  {
    pattern: /Unknown TimeZone '([^']*)'/,
    make: ([, zone]) => trino('INVALID_FUNCTION_ARGUMENT', `'${zone}' is not a valid time zone`),
  },
  {
    pattern: /Map keys must be unique/,
    make: () => trino('INVALID_FUNCTION_ARGUMENT', 'Duplicate map keys are not allowed'),
  },
  { pattern: /Map keys can ?not be NULL/i, make: () => trino('INVALID_FUNCTION_ARGUMENT', 'map key cannot be null') },
  {
    pattern: /Invalid escape string|Like pattern must not end with escape/i,
    make: () => trino('INVALID_FUNCTION_ARGUMENT', 'Escape string must be a single character'),
  },
  {
    pattern:
      /invalid (?:perl operator|escape sequence|character class|repetition|UTF-8)|missing (?:argument|closing)|bad repetition|no argument for repetition|unexpected \)|missing \)|missing \]/i,
    make: () => trino('INVALID_FUNCTION_ARGUMENT', 'Invalid regular expression'),
  },
  { pattern: /Malformed JSON/, make: () => trino('INVALID_FUNCTION_ARGUMENT', 'Cannot convert value to JSON') },
  {
    pattern:
      /Could not convert (?:string|value)|Conversion Error|Could not parse string|invalid (?:date|timestamp|time) field/,
    make: () => trino('INVALID_CAST_ARGUMENT', 'Value cannot be cast'),
  },
  {
    pattern: /Max expression depth limit/,
    make: () => new TraillakeError('NOT_SUPPORTED', { message: 'The query is nested too deeply for the engine' }),
  },
  {
    pattern: /Out of Memory|could not allocate|failed to allocate|max_temp_directory_size/i,
    make: () => new TraillakeError('EXCEEDED_MEMORY_LIMIT', {}),
  },
]

/**
 * The error that a failure of the engine means, in Trino's words.
 *
 * Failures that no rule knows are faults of traillake, never of the user: GENERIC_INTERNAL_ERROR with the engine's first line.
 */
export function fromEngineMessage(message: string): TraillakeError {
  for (const { pattern, make } of rules) {
    const match = pattern.exec(message)
    if (match) return make(match)
  }
  return new TraillakeError('GENERIC_INTERNAL_ERROR', { message: `the engine failed: ${message.split('\n', 1)[0]}` })
}

/** Codes whose rows need more than a message. */
function carried(code: string, message: string): TraillakeError {
  const known = Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'GENERIC_USER_ERROR'
  return new TraillakeError(known as 'GENERIC_USER_ERROR', { message: message === '' ? code : message })
}
