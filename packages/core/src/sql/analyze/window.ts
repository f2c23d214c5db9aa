import { formatType, type LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { findWindowed } from './aggregates.ts'
import { calledName, definitionOf } from './call.ts'
import { isComparable, isInteger, isNumeric, isOrderable } from './coercion.ts'
import { typeExpression } from './expression.ts'
import { arithmetic } from './operators.ts'
import type { Scope } from './scope.ts'
import { coerce, fail, type State } from './state.ts'

/** The scope with the WINDOW clause's names and the aliases of the SELECT list. */
export function defineWindows(state: State, node: ast.QuerySpecification, scope: Scope): Scope {
  const windows = new Map<string, ast.Window>()
  const aliases = new Map<string, number>()
  for (const [i, item] of node.items.entries())
    if (item.kind === 'SingleColumn' && item.alias) aliases.set(item.alias.value.toLowerCase(), i + 1)
  const result = { ...scope, windows, aliases }
  for (const { name, window } of node.windows) {
    const key = name.value.toLowerCase()
    if (windows.has(key))
      fail(state, 'DUPLICATE_WINDOW_NAME', { message: `WINDOW name '${name.value}' specified more than once` }, name)
    windows.set(key, analyzeWindow(state, window, result))
  }
  return result
}

/** Types the parts of a window, and resolves what it takes from a named one. */
export function analyzeWindow(state: State, over: ast.Window | ast.Name, scope: Scope): ast.Window {
  if (over.kind === 'Name') return namedWindow(state, over, scope)
  const window = over.base ? inherit(state, over, namedWindow(state, over.base, scope)) : over
  for (const node of window.partitionBy) {
    const type = typeExpression(state, node, scope)
    if (isComparable(type)) continue
    fail(
      state,
      'TYPE_MISMATCH',
      {
        message: `${formatType(type)} is not comparable, and therefore cannot be used in window function PARTITION BY`,
      },
      node,
    )
  }
  for (const { expression } of window.orderBy) {
    const type = typeExpression(state, expression, scope)
    if (isOrderable(type)) continue
    fail(
      state,
      'TYPE_MISMATCH',
      { message: `${formatType(type)} is not orderable, and therefore cannot be used in window function ORDER BY` },
      expression,
    )
  }
  if (window.frame) checkFrame(state, window, window.frame, scope)
  return window
}

function namedWindow(state: State, name: ast.Name, scope: Scope): ast.Window {
  const window = scope.windows.get(name.value.toLowerCase())
  return (
    window ?? fail(state, 'INVALID_WINDOW_REFERENCE', { message: `Cannot resolve WINDOW name ${name.value}` }, name)
  )
}

function inherit(state: State, window: ast.Window, base: ast.Window): ast.Window {
  if (window.partitionBy.length > 0) {
    const message = 'WINDOW specification with named WINDOW reference cannot specify PARTITION BY'
    fail(state, 'INVALID_PARTITION_BY', { message }, window.partitionBy[0]!)
  }
  if (window.orderBy.length > 0 && base.orderBy.length > 0) {
    const message = 'Cannot specify ORDER BY if referenced named WINDOW specifies ORDER BY'
    fail(state, 'INVALID_ORDER_BY', { message }, window.orderBy[0]!)
  }
  if (base.frame)
    fail(
      state,
      'INVALID_WINDOW_REFERENCE',
      { message: 'Cannot reference named WINDOW containing frame specification' },
      window.base!,
    )
  const { base: _, ...own } = window
  return { ...own, partitionBy: base.partitionBy, orderBy: window.orderBy.length > 0 ? window.orderBy : base.orderBy }
}

function checkFrame(state: State, window: ast.Window, frame: ast.WindowFrame, scope: Scope): void {
  const refuse = (message: string) => fail(state, 'INVALID_WINDOW_FRAME', { message }, frame)
  const start = frame.start.type
  const end = frame.end?.type ?? 'CURRENT ROW'
  if (start === 'UNBOUNDED FOLLOWING') refuse('Window frame start cannot be UNBOUNDED FOLLOWING')
  if (end === 'UNBOUNDED PRECEDING') refuse('Window frame end cannot be UNBOUNDED PRECEDING')
  if (start === 'CURRENT ROW' && end === 'PRECEDING')
    refuse('Window frame starting from CURRENT ROW cannot end with PRECEDING')
  if (start === 'FOLLOWING' && end === 'PRECEDING')
    refuse('Window frame starting from FOLLOWING cannot end with PRECEDING')
  if (start === 'FOLLOWING' && end === 'CURRENT ROW')
    refuse('Window frame starting from FOLLOWING cannot end with CURRENT ROW')
  for (const [bound, which] of [
    [frame.start, 'start'],
    [frame.end, 'end'],
  ] as const) {
    if (bound?.value) checkOffset(state, window, frame, bound.value, which, scope)
  }
}

function checkOffset(
  state: State,
  window: ast.Window,
  frame: ast.WindowFrame,
  value: ast.Expression,
  which: string,
  scope: Scope,
): void {
  const type = typeExpression(state, value, scope)
  if (frame.unit !== 'ROWS' && window.orderBy.length === 0) {
    fail(
      state,
      'MISSING_ORDER_BY',
      { message: `Window frame of type ${frame.unit} PRECEDING or FOLLOWING requires ORDER BY` },
      window,
    )
  }
  if (frame.unit === 'RANGE') checkRange(state, window, value, type)
  else if (!isInteger(type) && !(type.kind === 'decimal' && type.scale === 0)) {
    const message = `Window frame ${frame.unit} ${which} value type must be exact numeric type with scale 0 (actual ${formatType(type)})`
    fail(state, 'TYPE_MISMATCH', { message }, value)
  }
}

function checkRange(state: State, window: ast.Window, value: ast.Expression, type: LakeType): void {
  const kinds: readonly string[] = ['date', 'time', 'timestamp', 'interval year to month', 'interval day to second']
  if (window.orderBy.length !== 1) {
    const message = `Window frame of type RANGE PRECEDING or FOLLOWING requires single sort item in ORDER BY (actual: ${window.orderBy.length})`
    fail(state, 'INVALID_ORDER_BY', { message }, window)
  }
  const key = window.orderBy[0]!.expression
  const keyType = state.typeOf.get(key)!
  if (!isNumeric(keyType) && !kinds.includes(keyType.kind)) {
    const message = `Window frame of type RANGE PRECEDING or FOLLOWING requires that sort item type be numeric, datetime or interval (actual: ${formatType(keyType)})`
    fail(state, 'TYPE_MISMATCH', { message }, key)
  }
  const moved = arithmetic('-', keyType, type)
  if (!moved || isNumeric(keyType) !== isNumeric(type)) {
    const message = `Window frame RANGE value type (${formatType(type)}) not compatible with sort item type (${formatType(keyType)})`
    fail(state, 'TYPE_MISMATCH', { message }, value)
  } else coerce(state, value, moved.right, type)
}

/** Checks the windowed calls of a SELECT list and its ORDER BY. Trino points most of these errors at the SELECT. */
export function checkWindows(state: State, node: ast.QuerySpecification, expressions: readonly ast.Expression[]): void {
  for (const call of findWindowed(expressions)) {
    const name = calledName(call)
    const definition = definitionOf(state, call.name)
    const window = state.windows.get(call)!
    if (findWindowed(call.arguments)[0]) {
      const message = 'Cannot nest window functions or row pattern measures inside window function arguments'
      fail(state, 'NESTED_WINDOW', { message }, findWindowed(call.arguments)[0]!)
    }
    const nested = findWindowed([...window.partitionBy, ...window.orderBy.map((item) => item.expression)])[0]
    if (nested)
      fail(
        state,
        'NESTED_WINDOW',
        { message: 'Cannot nest window functions or row pattern measures inside window specification' },
        nested,
      )
    if (call.filter) fail(state, 'NOT_SUPPORTED', { message: 'FILTER is not yet supported for window functions' }, node)
    if (name === 'lag' || name === 'lead') {
      const at = call.over!
      if (window.orderBy.length === 0)
        fail(state, 'MISSING_ORDER_BY', { message: `${name} function requires an ORDER BY window clause` }, at)
      if (window.frame)
        fail(
          state,
          'INVALID_WINDOW_FRAME',
          { message: `Cannot specify window frame for ${name} function` },
          window.frame,
        )
    }
    if (definition?.kind === 'scalar')
      fail(state, 'FUNCTION_NOT_WINDOW', { message: `Not a window function: ${name}` }, node)
  }
}
