import { describe, expect, test } from 'vitest'
import { fromEngineMessage } from '../../../src/sql/emit/engine-error.ts'

describe('what the engine says becomes what Trino says', () => {
  test.each([
    [
      'Binder Error: Max expression depth limit of 1000 exceeded. Use "SET max_expression_depth TO x" to increase the maximum expression depth.',
      'NOT_SUPPORTED',
      'The query is nested too deeply for the engine',
    ],
    [
      `Conversion Error: Could not convert string 'TRINO:DIVISION_BY_ZERO:Division by zero' to INT8\n\nLINE 1: SELECT …\n               ^`,
      'DIVISION_BY_ZERO',
      'Division by zero',
    ],
    [
      `Conversion Error: Could not convert string 'TRINO:INVALID_CAST_ARGUMENT:Cannot cast 'a' to INT' to INT32`,
      'INVALID_CAST_ARGUMENT',
      `Cannot cast 'a' to INT`,
    ],
    [
      `Conversion Error: Could not convert string "TRINO:NUMERIC_VALUE_OUT_OF_RANGE:Decimal overflow" to DECIMAL(38,2)`,
      'NUMERIC_VALUE_OUT_OF_RANGE',
      'Decimal overflow',
    ],
    [
      'Invalid Input Error: TRINO:INVALID_FUNCTION_ARGUMENT:Invalid JSON path: $$',
      'INVALID_FUNCTION_ARGUMENT',
      'Invalid JSON path: $$',
    ],
    [
      'Out of Range Error: Overflow in multiplication of INT16 (300 * 300)!',
      'NUMERIC_VALUE_OUT_OF_RANGE',
      'smallint multiplication overflow: 300 * 300',
    ],
    [
      'Invalid Input Error: More than one row returned by a subquery used as an expression',
      'SUBQUERY_MULTIPLE_ROWS',
      'Scalar sub-query has returned multiple rows',
    ],
    [
      'Out of Memory Error: failed to allocate data of size 32.0 MiB',
      'EXCEEDED_MEMORY_LIMIT',
      'Query exhausted resources at this scale factor',
    ],
    [
      'Binder Error: no such thing\n\nLINE 1: x',
      'GENERIC_INTERNAL_ERROR',
      'the engine failed: Binder Error: no such thing',
    ],
  ])('%s', (message, code, reason) => {
    expect(fromEngineMessage(message)).toMatchObject({ code, reason })
  })

  test('a code that nobody knows is still a user’s error', () => {
    expect(fromEngineMessage(`Could not convert string 'TRINO:NO_SUCH_CODE:words' to INT32`)).toMatchObject({
      code: 'GENERIC_USER_ERROR',
      reason: 'words',
    })
  })
})
