import { type ErrorCode, TraillakeError } from '../../errors/index.ts'
import type { Span } from '../../errors/span.ts'
import { engineFieldName, engineType } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import { bind, bindAll, quoteName, quoteString } from '../emit/text.ts'
import type { CallContext, EmitCall, EmittedArgument } from './types.ts'

export const cast = (sql: string, type: string): string => `CAST(${sql} AS ${type})`

/** `name(args…)`. */
export const invoke = (name: string, ...args: readonly string[]): string => `${name}(${args.join(', ')})`

/** Emits `name(args…)` followed by fixed further arguments. */
export const plain =
  (name: string, ...more: readonly string[]): EmitCall =>
  (args) =>
    invoke(name, ...args.map((a) => a.sql), ...more)

/** Emits `CAST(name(args…) AS type)`. */
export const plainCast =
  (name: string, type: string): EmitCall =>
  (args) =>
    cast(invoke(name, ...args.map((a) => a.sql)), type)

/** Emits from a template: `$1` is the first argument, `$2` the second; each is primary or bracketed already. */
export const template =
  (text: string): EmitCall =>
  (args) =>
    text.replaceAll(/\$(\d)/g, (_, n: string) => args[Number(n) - 1]!.sql)

/** Emits `name(args…)` with every argument computed once: for macros that name an argument more than once. */
export const bound =
  (name: string): EmitCall =>
  (args) =>
    bindAll(sqls(args), (names) => invoke(name, ...names))

/** As `template`, with every argument computed once. */
export const boundTemplate =
  (text: string): EmitCall =>
  (args) =>
    bindAll(sqls(args), (names) => text.replaceAll(/\$(\d)/g, (_, n: string) => names[Number(n) - 1]!))

/** An aggregate of the engine with the call's own clauses. */
export const aggregate =
  (name: string): EmitCall =>
  (args, call) =>
    call.aggregate(name, sqls(args))

/** An aggregate cast to a type, where the engine's result is another. */
export const aggregateCast =
  (name: string, type: string): EmitCall =>
  (args, call) =>
    cast(call.aggregate(name, sqls(args)), type)

export const sqls = (args: readonly EmittedArgument[]): string[] => args.map((a) => a.sql)

/** The text by which a failing cast carries an error of Trino out of the engine. */
export const failureText = (code: ErrorCode | string, message: string): string => `TRINO:${code}:${message}`

/**
 * An expression of the given engine type that always fails with Trino's error, when a row reaches it.
 *
 * The failing cast hides in an index, so that it suits types that no number casts to.
 */
export function raise(code: ErrorCode | string, message: string, type: string): string {
  return `([CAST(NULL AS ${type})])[CAST(${quoteString(failureText(code, message))} AS BIGINT)]`
}

/** Refuses a call whose literal argument can never work. */
export function refuse(message: string, span: Span): never {
  throw new TraillakeError('INVALID_FUNCTION_ARGUMENT', { message }, { span })
}

/** Text of a literal varchar; undefined when the argument is none. */
export const literalText = (arg: EmittedArgument | undefined): string | undefined =>
  typeof arg?.literal === 'string' ? arg.literal : undefined

/** Value of a literal integer; undefined when the argument is none. */
export const literalInteger = (arg: EmittedArgument | undefined): bigint | undefined =>
  typeof arg?.literal === 'bigint' ? arg.literal : undefined

export const typeNull = (call: CallContext): string => `CAST(NULL AS ${engineType(call.resultType)})`

/** The engine's names of a row type's members. */
export function memberNames(type: LakeType): readonly string[] {
  if (type.kind !== 'row') throw new TypeError(`${type.kind} has no members`)
  return type.fields.map((_, i) => quoteName(engineFieldName(type.fields, i)))
}

/** A struct with the members of a row type. */
export function structOf(type: LakeType, values: readonly string[]): string {
  const names = memberNames(type)
  return `struct_pack(${values.map((v, i) => `${names[i]} := ${v}`).join(', ')})`
}

interface LambdaText {
  readonly parameters: readonly string[]
  readonly body: string
}

/** Takes `lambda "x", "y": body` apart. */
export function splitLambda(sql: string): LambdaText {
  const head = /^\(?\s*lambda\s+((?:"(?:[^"]|"")*"\s*,?\s*)+):\s*/.exec(sql)
  if (!head) throw new TypeError(`no lambda: ${sql}`)
  const body = sql.slice(head[0].length)
  return {
    parameters: head[1]!.match(/"(?:[^"]|"")*"/g)!,
    body: sql.startsWith('(') ? body.slice(0, -1) : body,
  }
}

/**
 * The value of a lambda's body for given arguments, as an expression.
 *
 * Each argument is bound by a one-element list_transform, so that it is computed once however often the body names it. The values must not
 * name arguments of the query's own lambdas: give them by fresh names.
 */
export function applyLambda(lambda: EmittedArgument, values: readonly string[]): string {
  const { parameters, body } = splitLambda(lambda.sql)
  return parameters.reduceRight((inner, name, i) => {
    const value = values[i]
    if (value === undefined) throw new TypeError(`lambda takes ${parameters.length} arguments, got ${values.length}`)
    return body.includes(name) ? `list_transform([${value}], lambda ${name}: ${inner})[1]` : inner
  }, body)
}

/** Names for the arguments of lambdas that no text they will meet uses: digits, which no lambda of a query has. */
export function freshNames(count: number, ...texts: readonly string[]): readonly string[] {
  let depth = 1
  for (const [, used] of texts.join(' ').matchAll(/"\$(\d+)"/g)) depth = Math.max(depth, Number(used) + 1)
  return Array.from({ length: count }, (_, i) => `"$${depth + i}"`)
}

export const freshName = (...texts: readonly string[]): string => freshNames(1, ...texts)[0]!

/** `list_transform(list, …)` over a body made from the element's name. */
export function mapList(list: string, context: readonly string[], body: (element: string) => string): string {
  const name = freshName(list, body('"$"'), ...context)
  return `list_transform(${list}, lambda ${name}: ${body(name)})`
}

export { bind, bindAll, quoteName, quoteString }
