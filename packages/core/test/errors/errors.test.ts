import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import {
  didYouMean,
  errorCodes,
  isTraillakeError,
  positionAt,
  renderError,
  TraillakeError,
} from '../../src/errors/index.ts'

describe('TraillakeError', () => {
  const text = "SELECT a,\n\tjson_extract_scaler(x, '$.V') FROM t"
  const at = text.indexOf('json')
  const error = new TraillakeError(
    'FUNCTION_NOT_FOUND',
    { message: "Function 'json_extract_scaler' not registered" },
    { span: { start: at, end: at + 19 }, hint: 'did you mean json_extract_scalar?' },
  )

  it('has no place until it knows its text', () => {
    expect(error.message).toBe("Function 'json_extract_scaler' not registered")
    expect(error.line).toBeUndefined()
  })

  it('says where it is once located, and keeps everything else', () => {
    const located = error.locate(text)
    expect(located).toMatchObject({
      code: 'FUNCTION_NOT_FOUND',
      kind: 'USER_ERROR',
      message: "line 2:2: Function 'json_extract_scaler' not registered",
      reason: "Function 'json_extract_scaler' not registered",
      line: 2,
      column: 2,
      hint: 'did you mean json_extract_scalar?',
    })
    expect(located.locate('another text')).toBe(located)
  })

  it('is drawn with a caret under the place, tabs kept', () => {
    expect(renderError(error.locate(text))).toBe(
      [
        "line 2:2: Function 'json_extract_scaler' not registered [FUNCTION_NOT_FOUND]",
        "2 | \tjson_extract_scaler(x, '$.V') FROM t",
        '  | \t^^^^^^^^^^^^^^^^^^^',
        'hint: did you mean json_extract_scalar?',
      ].join('\n'),
    )
  })

  it('takes its fellows along', () => {
    const other = new TraillakeError('COLUMN_NOT_FOUND', { name: 'x' }, { span: { start: 7, end: 8 } })
    const first = new TraillakeError('COLUMN_NOT_FOUND', { name: 'a' }, { span: { start: 7, end: 8 }, others: [other] })
    expect(first.locate(text).others.map(({ message }) => message)).toEqual(["line 1:8: Column 'x' cannot be resolved"])
  })

  it('is told from others, and by its code', () => {
    expect(isTraillakeError(error, 'FUNCTION_NOT_FOUND')).toBe(true)
    expect(isTraillakeError(error, 'TYPE_MISMATCH')).toBe(false)
    expect(isTraillakeError(new Error('x'))).toBe(false)
  })

  it('keeps its cause', () => {
    const cause = new Error('disk')
    expect(new TraillakeError('STORAGE_FULL', { key: 'k' }, { cause }).cause).toBe(cause)
  })
})

test.each([
  ['abc', 0, 1, 1],
  ['abc', 3, 1, 4],
  ['a\nbc', 2, 2, 1],
  ['a\r\nbc', 3, 2, 1],
  ['😀x', 2, 1, 2], // two UTF-16 units, one code point
  ['\n\n', 2, 3, 1],
])('positionAt(%j, %i) is %i:%i', (text, offset, line, column) => {
  expect(positionAt(text, offset)).toEqual({ line, column })
})

test.each([
  ['eventNme', ['eventName', 'eventTime', 'x'], 'did you mean eventName?'],
  ['EVENTNAME', ['eventName'], 'did you mean eventName?'],
  ['nothing', ['eventName', 'awsRegion'], undefined],
  ['ab', ['cd'], undefined],
  ['a', [], undefined],
])('didYouMean(%s) of %j is %s', (typed, candidates, hint) => {
  expect(didYouMean(typed, candidates)).toBe(hint)
})

it('every code is in docs/errors.md, and every code there exists', () => {
  const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8')
  const documented = new Map(
    [...page.matchAll(/^\| `([A-Z0-9_]+)` \| (\w+) \|/gm)].map((match) => [match[1]!, match[2]!]),
  )
  const known = new Map(Object.entries(errorCodes).map(([code, { kind }]) => [code, kind]))
  expect([...documented.keys()].sort()).toEqual([...known.keys()].sort())
  expect(documented).toEqual(known)
})
