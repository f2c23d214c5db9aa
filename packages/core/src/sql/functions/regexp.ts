import { varchar } from '../../schema/types.ts'
import { applyLambda, bind, freshName, invoke, literalInteger, literalText, quoteString, refuse } from './emit.ts'
import {
  canBeEmpty,
  looksAround,
  parseRegexp,
  parseReplacement,
  type Re2Pattern,
  RegexpError,
  toJs,
  toRe2,
} from './regexp-syntax/index.ts'
import type { EmitCall, EmittedArgument, FunctionTable } from './types.ts'

interface Known {
  /** What the engine can run; undefined when JavaScript must. */
  readonly re2: Re2Pattern | undefined
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  readonly empty: boolean
  /** A match depends on what stands around it. */
  readonly around: boolean
}

/** Reads a literal pattern; undefined for one that is known only when it runs. */
function known(pattern: EmittedArgument): Known | undefined {
  const text = literalText(pattern)
  if (text === undefined) return undefined
  return checked(pattern, () => {
    const syntax = parseRegexp(text)
    const re2 = toRe2(syntax)
    // Properties and back-references are checked by what will run them.
    if (!re2) toJs(syntax)
    return {
      re2,
      groups: syntax.groups,
      names: syntax.names,
      empty: canBeEmpty(syntax.root),
      around: looksAround(syntax.root),
    }
  })
}

function checked<T>(arg: EmittedArgument, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof RegexpError) return refuse(error.message, arg.span)
    throw error
  }
}

/** The engine's form on the texts for which it is right, JavaScript's on the others. */
function choose(
  text: string,
  re2: Re2Pattern | undefined,
  native: (text: string, pattern: string) => string,
  js: (text: string) => string,
): string {
  if (!re2) return js(text)
  const pattern = quoteString(re2.pattern)
  const conditions = [
    re2.asciiOnly ? (t: string) => `strlen(${t}) = length(${t})` : undefined,
    re2.noFinalNewline ? (t: string) => `NOT ends_with(${t}, chr(10))` : undefined,
  ]
  const tests = conditions.filter((c) => c !== undefined)
  if (tests.length === 0) return native(text, pattern)
  return bind(
    text,
    (t) => `CASE WHEN ${tests.map((c) => c(t)).join(' AND ')} THEN ${native(t, pattern)} ELSE ${js(t)} END`,
  )
}

const like: EmitCall = ([text, pattern]) =>
  choose(
    text!.sql,
    known(pattern!)?.re2,
    (t, p) => `regexp_matches(${t}, ${p})`,
    (t) => `trino_js_regexp_like(${t}, ${pattern!.sql})`,
  )

function checkGroup(group: EmittedArgument | undefined, syntax: Known | undefined): bigint | undefined {
  const index = group === undefined ? 0n : literalInteger(group)
  if (index !== undefined && index < 0n) refuse('Group cannot be negative', group!.span)
  if (index !== undefined && syntax && index > BigInt(syntax.groups))
    refuse(`Pattern has ${syntax.groups} groups. Cannot access group ${index}`, group!.span)
  return index
}

/** The engine counts ten groups, and only those it knows beforehand. */
const native = (syntax: Known | undefined, group: bigint | undefined): Re2Pattern | undefined =>
  group !== undefined && group <= 9n ? syntax?.re2 : undefined

const extract: EmitCall = ([text, pattern, group]) => {
  const syntax = known(pattern!)
  const index = checkGroup(group, syntax)
  return choose(
    text!.sql,
    native(syntax, index),
    (t, p) => `regexp_extract_all(${t}, ${p}, ${index})[1]`,
    (t) => `trino_js_regexp_extract(${t}, ${pattern!.sql}, ${group?.sql ?? 0})`,
  )
}

const extractAll: EmitCall = ([text, pattern, group]) => {
  const syntax = known(pattern!)
  const index = checkGroup(group, syntax)
  return choose(
    text!.sql,
    syntax?.empty ? undefined : native(syntax, index),
    (t, p) => `regexp_extract_all(${t}, ${p}, ${index})`,
    (t) => `trino_js_regexp_extract_all(${t}, ${pattern!.sql}, ${group?.sql ?? 0})`,
  )
}

const count: EmitCall = ([text, pattern]) => {
  const syntax = known(pattern!)
  return choose(
    text!.sql,
    syntax?.empty ? undefined : syntax?.re2,
    (t, p) => `len(regexp_extract_all(${t}, ${p}))`,
    (t) => `trino_js_regexp_count(${t}, ${pattern!.sql})`,
  )
}

const split: EmitCall = ([text, pattern]) => {
  const syntax = known(pattern!)
  return choose(
    text!.sql,
    // The engine splits what is left as if it were a text of its own.
    syntax?.empty || syntax?.around ? undefined : syntax?.re2,
    (t, p) => `string_split_regex(${t}, ${p})`,
    (t) => `trino_js_regexp_split(${t}, ${pattern!.sql})`,
  )
}

const replace: EmitCall = ([text, pattern, replacement]) => {
  const syntax = known(pattern!)
  const to = replacement === undefined ? '' : literalText(replacement)
  const parts =
    syntax && to !== undefined
      ? checked(replacement ?? pattern!, () => parseReplacement(to, syntax.groups, syntax.names))
      : undefined
  const fits = parts?.every((part) => typeof part === 'string' || part <= 9) && !syntax?.empty
  const rewrite = parts
    ?.map((part) => (typeof part === 'string' ? part.replaceAll('\\', '\\\\') : `\\${part}`))
    .join('')
  return choose(
    text!.sql,
    fits ? syntax?.re2 : undefined,
    (t, p) => `regexp_replace(${t}, ${p}, ${quoteString(rewrite ?? '')}, 'g')`,
    (t) => `trino_js_regexp_replace(${t}, ${pattern!.sql}, ${replacement?.sql ?? "''"})`,
  )
}

/** The lambda sees the groups of each match; its NULL is the empty text. */
const replaceByLambda: EmitCall = ([text, pattern, lambda]) => {
  const syntax = known(pattern!)
  const groups = syntax ? String(syntax.groups) : `trino_js_regexp_groups(${pattern!.sql})`
  return bind(invoke('trino_js_regexp_pieces', text!.sql, pattern!.sql), (pieces) => {
    const i = freshName(pieces, groups, lambda!.sql)
    const step = `(${groups} + 1)`
    const part = `${pieces}[${i} * ${step} + 1] || CASE WHEN ${i} * ${step} + 1 < len(${pieces}) THEN ${applyLambda(lambda!, [`${pieces}[${i} * ${step} + 2:(${i} + 1) * ${step}]`])} ELSE '' END`
    const parts = `list_transform(range(0, (len(${pieces}) - 1) // ${step} + 1), lambda ${i}: ${part})`
    // Where the lambda gives NULL, all is NULL.
    const whole = bind(parts, (p) => `CASE WHEN list_count(${p}) = len(${p}) THEN array_to_string(${p}, '') END`)
    return `CASE WHEN ${pieces} IS NOT NULL THEN ${whole} END`
  })
}

const position: EmitCall = ([text, pattern, start, occurrence]) => {
  known(pattern!)
  for (const [arg, name] of [
    [start, 'start position'],
    [occurrence, 'occurrence'],
  ] as const) {
    const value = literalInteger(arg)
    if (value !== undefined && value < 1n) refuse(`${name} cannot be smaller than 1`, arg!.span)
  }
  return `CAST(trino_js_regexp_position(${text!.sql}, ${pattern!.sql}, ${start?.sql ?? 1}, ${occurrence?.sql ?? 1}) AS INTEGER)`
}

const MOST = 0x7fff_ffff

export const regexpFunctions: FunctionTable = {
  regexp_like: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar, varchar) -> boolean', duckdb: like }],
    note: 'searches; what RE2 lacks runs in JavaScript',
  },
  regexp_extract: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar(n), varchar) -> varchar(n)', duckdb: extract },
      { signature: '(varchar(n), varchar, bigint) -> varchar(n)', duckdb: extract },
    ],
    note: 'NULL without a match; the engine gives the empty text',
  },
  regexp_extract_all: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar(n), varchar) -> array(varchar(n))', duckdb: extractAll },
      { signature: '(varchar(n), varchar, bigint) -> array(varchar(n))', duckdb: extractAll },
    ],
  },
  regexp_count: { kind: 'scalar', overloads: [{ signature: '(varchar, varchar) -> bigint', duckdb: count }] },
  regexp_split: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar(n), varchar) -> array(varchar(n))', duckdb: split }],
  },
  regexp_replace: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar(n), varchar) -> varchar(n)', duckdb: replace },
      {
        signature: '(varchar(n), varchar, varchar(m)) -> varchar',
        duckdb: replace,
        // Trino's bound: the replacement may come around every character, with half as many groups as it has characters.
        result: (bindings) => {
          const [n, m] = [bindings.get('n'), bindings.get('m')]
          if (typeof n !== 'number' || typeof m !== 'number') return varchar()
          const most = n + Math.max(Math.floor((n * m) / 2), m) * (n + 1)
          return most >= MOST ? varchar() : varchar(most)
        },
      },
      { signature: '(varchar, varchar, function(array(varchar), varchar)) -> varchar', duckdb: replaceByLambda },
    ],
    note: 'every match; groups are $1 and ${name}',
  },
  regexp_position: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar, varchar) -> integer', duckdb: position },
      { signature: '(varchar, varchar, integer) -> integer', duckdb: position },
      { signature: '(varchar, varchar, integer, integer) -> integer', duckdb: position },
    ],
  },
}
