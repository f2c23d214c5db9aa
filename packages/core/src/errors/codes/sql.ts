import { define } from './define.ts'

type Message = { readonly message: string }
type Named = { readonly name: string; readonly message?: string }

/** A code whose message is Trino's own text, passed in whole: `new TraillakeError('TYPE_MISMATCH', { message })`. */
const trino = define<Message>('USER_ERROR', ({ message }) => message)

/** Codes of queries. Names are Trino's StandardErrorCode names; messages are Trino's. */
export const sqlCodes = {
  SYNTAX_ERROR: trino,
  /** `message` replaces the usual text where Trino words it otherwise; so it does in the rows below. */
  COLUMN_NOT_FOUND: define<Named>(
    'USER_ERROR',
    ({ name, message }) => message ?? `Column '${name}' cannot be resolved`,
  ),
  INVALID_COLUMN_REFERENCE: trino,
  AMBIGUOUS_NAME: define<Named>('USER_ERROR', ({ name, message }) => message ?? `Column '${name}' is ambiguous`),
  VIEW_NOT_FOUND: define<{ view: string }>('USER_ERROR', ({ view }) => `there is no view ${view} in the lake`),
  INVALID_VIEW: define<{ view: string; reason: string }>(
    'USER_ERROR',
    ({ view, reason }) => `View '${view}' cannot be used: ${reason}`,
  ),
  TABLE_NOT_FOUND: define<Named>('USER_ERROR', ({ name, message }) => message ?? `Table '${name}' does not exist`),
  FUNCTION_NOT_FOUND: trino,
  AMBIGUOUS_FUNCTION_CALL: trino,
  OPERATOR_NOT_FOUND: trino,
  TYPE_NOT_FOUND: define<{ name: string }>('USER_ERROR', ({ name }) => `Unknown type: ${name}`),
  TYPE_MISMATCH: trino,
  INVALID_LITERAL: trino,
  INVALID_ARGUMENTS: trino,
  INVALID_PARAMETER_USAGE: trino,
  INVALID_FUNCTION_ARGUMENT: trino,
  INVALID_CAST_ARGUMENT: trino,
  DIVISION_BY_ZERO: trino,
  NUMERIC_VALUE_OUT_OF_RANGE: trino,
  SUBQUERY_MULTIPLE_ROWS: define<object>('USER_ERROR', () => 'Scalar sub-query has returned multiple rows'),
  EXPRESSION_NOT_AGGREGATE: trino,
  EXPRESSION_NOT_IN_DISTINCT: trino,
  EXPRESSION_NOT_SCALAR: trino,
  NESTED_AGGREGATION: trino,
  NESTED_WINDOW: trino,
  NULL_TREATMENT_NOT_ALLOWED: trino,
  INVALID_WINDOW_FRAME: trino,
  INVALID_ORDER_BY: trino,
  MISSING_ORDER_BY: trino,
  MISSING_OVER: trino,
  MISSING_GROUP_BY: trino,
  MISSING_COLUMN_NAME: trino,
  MISMATCHED_COLUMN_ALIASES: trino,
  MISSING_COLUMN_ALIASES: trino,
  REFERENCE_TO_OUTPUT_ATTRIBUTE_WITHIN_ORDER_BY_AGGREGATION: trino,
  DUPLICATE_COLUMN_NAME: trino,
  DUPLICATE_NAMED_QUERY: trino,
  DUPLICATE_WINDOW_NAME: trino,
  INVALID_WINDOW_REFERENCE: trino,
  INVALID_PARTITION_BY: trino,
  COLUMN_TYPE_UNKNOWN: trino,
  FUNCTION_NOT_AGGREGATE: trino,
  FUNCTION_NOT_WINDOW: trino,
  INVALID_POSITION: trino,
  INVALID_LIMIT_CLAUSE: trino,
  INVALID_RECURSIVE_REFERENCE: trino,
  PATH_EVALUATION_ERROR: trino,
  JSON_VALUE_RESULT_ERROR: trino,
  JSON_INPUT_CONVERSION_ERROR: trino,
  TOO_MANY_ARGUMENTS: trino,
  EXCEEDED_FUNCTION_MEMORY_LIMIT: trino,
  NOT_SUPPORTED: trino,
  /** Anything that is not exactly one query. */
  NOT_A_QUERY: trino,
  /** A run-time failure Trino reports without a class of its own. */
  GENERIC_USER_ERROR: trino,
} as const
