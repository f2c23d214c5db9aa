import { varchar } from '../../schema/types.ts'
import {
  bindAll,
  bound,
  boundTemplate,
  invoke,
  literalInteger,
  literalText,
  plain,
  quoteString,
  refuse,
  sqls,
  template,
} from './emit.ts'
import type { EmitCall, EmittedArgument, FunctionTable, Overload } from './types.ts'

/** One result for varchar(n) and char(n), each keeping its type. */
const sameText = (duckdb: Overload['duckdb']): readonly Overload[] => [
  { signature: '(char(n)) -> char(n)', duckdb },
  { signature: '(varchar(n)) -> varchar(n)', duckdb },
]

const start = (arg: EmittedArgument | undefined): bigint | undefined => {
  const value = literalInteger(arg)
  return value !== undefined && value >= 1n && value <= 0x7fff_ffffn ? value : undefined
}

const substr: EmitCall = (args, call) => {
  const [text, from] = args
  return start(from) === undefined ? bound('trino_substr')(args, call) : `substr(${text!.sql}, ${from!.sql})`
}

const substrLength: EmitCall = (args, call) => {
  const [text, from, length] = args
  return start(from) === undefined || start(length) === undefined
    ? bound('trino_substr_n')(args, call)
    : `substr(${text!.sql}, ${from!.sql}, ${length!.sql})`
}

const substrOverloads: readonly Overload[] = [
  { signature: '(char(n), bigint) -> varchar(n)', duckdb: substr },
  { signature: '(char(n), bigint, bigint) -> varchar(n)', duckdb: substrLength },
  // SUBSTRING(bytes FROM n) is Trino's substr; that substring(bytes, n) works, too, does no harm.
  { signature: '(varbinary, bigint) -> varbinary', duckdb: plain('trino_bin_substr') },
  { signature: '(varbinary, bigint, bigint) -> varbinary', duckdb: plain('trino_bin_substr_n') },
  { signature: '(varchar(n), bigint) -> varchar(n)', duckdb: substr },
  { signature: '(varchar(n), bigint, bigint) -> varchar(n)', duckdb: substrLength },
]

/** Trims white space as Java knows it, or the given characters. */
const trimOverloads = (name: string): readonly Overload[] => [
  // The padding of a char is none of its text.
  {
    signature: '(char(n)) -> varchar(n)',
    duckdb: ([x]) => (name === 'rtrim' ? `rtrim(${x!.sql})` : `trino_${name}(rtrim(${x!.sql}))`),
  },
  { signature: '(varchar(n)) -> varchar(n)', duckdb: bound(`trino_${name}`) },
  { signature: '(char(n), varchar) -> varchar(n)', duckdb: ([x, set]) => `${name}(rtrim(${x!.sql}), ${set!.sql})` },
  { signature: '(varchar(n), varchar) -> varchar(n)', duckdb: plain(name) },
]

const split: EmitCall = (args, call) => {
  const [text, delimiter, limit] = args
  const by = literalText(delimiter)
  if (by === '') refuse('The delimiter may not be the empty string', delimiter!.span)
  if (limit) {
    const most = literalInteger(limit)
    if (most !== undefined && most <= 0n) refuse('Limit must be positive', limit.span)
    return bound('trino_split_n')(args, call)
  }
  return by === undefined
    ? `trino_split(${text!.sql}, ${delimiter!.sql})`
    : `string_split(${text!.sql}, ${delimiter!.sql})`
}

const splitPart: EmitCall = ([text, delimiter, index]) => {
  const at = literalInteger(index)
  if (at !== undefined && at <= 0n) refuse('Index must be greater than zero', index!.span)
  return at !== undefined && literalText(delimiter) !== undefined
    ? `string_split(${text!.sql}, ${delimiter!.sql})[${at}]`
    : `trino_split_part(${text!.sql}, ${delimiter!.sql}, ${index!.sql})`
}

const replace: EmitCall = ([text, search, replacement]) => {
  const to = replacement?.sql ?? quoteString('')
  const known = literalText(search)
  return known !== undefined && known !== ''
    ? `replace(${text!.sql}, ${search!.sql}, ${to})`
    : `trino_replace(${text!.sql}, ${search!.sql}, ${to})`
}

const concat: EmitCall = (args, call) => {
  if (args.length < 2) refuse('There must be two or more concatenation arguments', call.span)
  return `(${sqls(args).join(' || ')})`
}

const UNBOUNDED = 0x7fff_ffff

export const stringFunctions: FunctionTable = {
  length: {
    kind: 'scalar',
    overloads: [
      { signature: '(char(n)) -> bigint', duckdb: 'length' },
      { signature: '(varbinary) -> bigint', duckdb: 'octet_length' },
      { signature: '(varchar) -> bigint', duckdb: 'length' },
    ],
  },
  lower: { kind: 'scalar', overloads: sameText('lower') },
  upper: {
    kind: 'scalar',
    overloads: sameText(bound('trino_upper')),
    note: 'ß has no upper case as a single character; the engine makes it U+1E9E',
  },
  trim: { kind: 'scalar', overloads: trimOverloads('trim'), note: 'the engine trims U+0020 only' },
  ltrim: { kind: 'scalar', overloads: trimOverloads('ltrim'), note: 'the engine trims U+0020 only' },
  rtrim: { kind: 'scalar', overloads: trimOverloads('rtrim'), note: 'the engine trims U+0020 only' },
  substr: {
    kind: 'scalar',
    overloads: substrOverloads,
    note: 'start 0 or before the text, or a length below 1, give the empty text',
  },
  substring: { kind: 'scalar', overloads: substrOverloads, note: 'as substr' },
  split: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar(n), varchar) -> array(varchar(n))', duckdb: split },
      { signature: '(varchar(n), varchar, bigint) -> array(varchar(n))', duckdb: split },
    ],
    note: 'an empty delimiter is an error; a NULL one gives NULL',
  },
  split_part: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar(n), varchar, bigint) -> varchar(n)', duckdb: splitPart }],
    note: 'past the end NULL, not the empty text; an index below 1 is an error',
  },
  split_to_map: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar, varchar, varchar) -> map(varchar, varchar)', duckdb: bound('trino_split_to_map') },
    ],
  },
  split_to_multimap: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(varchar, varchar, varchar) -> map(varchar, array(varchar))',
        duckdb: bound('trino_split_to_multimap'),
      },
    ],
  },
  replace: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar(n), varchar(m)) -> varchar(n)', duckdb: replace },
      {
        signature: '(varchar(n), varchar(m), varchar(k)) -> varchar',
        duckdb: replace,
        // Trino's bound: every character, and the place before and after each, may turn into the replacement.
        result: (bindings) => {
          const [n, , k] = ['n', 'm', 'k'].map((v) => bindings.get(v))
          if (typeof n !== 'number' || typeof k !== 'number') return varchar()
          const most = n + k * (n + 1)
          return most >= UNBOUNDED ? varchar() : varchar(most)
        },
      },
    ],
    note: 'two arguments delete; an empty search puts the replacement around every character',
  },
  strpos: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar, varchar) -> bigint', duckdb: 'strpos' },
      { signature: '(varchar, varchar, bigint) -> bigint', duckdb: bound('trino_strpos') },
    ],
  },
  position: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar, varchar) -> bigint', duckdb: template('strpos($2, $1)') }],
    note: 'position(x IN y) comes as position(x, y)',
  },
  index: { kind: 'scalar', overloads: [{ signature: '(varchar, varchar) -> bigint', duckdb: 'strpos' }] },
  concat: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(char(n), char(m)) -> char(n)',
        duckdb: concat,
        result: (bindings) => {
          const [n, m] = ['n', 'm'].map((v) => Number(bindings.get(v)))
          return { kind: 'char', length: n! + m! }
        },
      },
      { signature: '(varbinary, varbinary...) -> varbinary', duckdb: concat },
      { signature: '(varchar, varchar...) -> varchar', duckdb: concat },
      { signature: '(array(E), array(E)...) -> array(E)', duckdb: concat },
      {
        signature: '(array(E), E) -> array(E)',
        duckdb: boundTemplate('CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN list_append($1, $2) END'),
      },
      {
        signature: '(E, array(E)) -> array(E)',
        duckdb: boundTemplate('CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN list_prepend($1, $2) END'),
      },
    ],
    note: 'NULL when any argument is; the engine skips NULLs',
  },
  concat_ws: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(varchar, array(varchar)) -> varchar',
        duckdb: ([by, list]) =>
          bindAll([list!.sql, by!.sql], (n) =>
            invoke(literalText(by) === undefined ? 'trino_join_any' : 'trino_join', ...n),
          ),
      },
      {
        signature: '(varchar, varchar...) -> varchar',
        duckdb: (args, call) => (args.length === 1 ? `left(${args[0]!.sql}, 0)` : plain('concat_ws')(args, call)),
      },
    ],
    note: 'the engine prints a list as text',
  },
  lpad: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar, bigint, varchar) -> varchar', duckdb: 'trino_lpad' },
      { signature: '(varbinary, bigint, varbinary) -> varbinary', duckdb: 'trino_bin_lpad' },
    ],
  },
  rpad: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar, bigint, varchar) -> varchar', duckdb: 'trino_rpad' },
      { signature: '(varbinary, bigint, varbinary) -> varbinary', duckdb: 'trino_bin_rpad' },
    ],
  },
  reverse: {
    kind: 'scalar',
    overloads: [
      { signature: '(array(E)) -> array(E)', duckdb: 'list_reverse' },
      { signature: '(varbinary) -> varbinary', duckdb: 'trino_bin_reverse' },
      {
        signature: '(varchar(n)) -> varchar(n)',
        duckdb: template("array_to_string(list_reverse(string_split($1, '')), '')"),
      },
    ],
    note: "by code point; the engine's reverse keeps combined characters together",
  },
  starts_with: { kind: 'scalar', overloads: [{ signature: '(varchar, varchar) -> boolean', duckdb: 'starts_with' }] },
  translate: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar, varchar, varchar) -> varchar', duckdb: 'translate' }],
  },
  codepoint: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar(1)) -> integer', duckdb: bound('trino_codepoint') }],
  },
  chr: {
    kind: 'scalar',
    overloads: [{ signature: '(bigint) -> varchar(1)', duckdb: bound('trino_chr') }],
    note: 'the engine accepts surrogates',
  },
  to_utf8: {
    kind: 'scalar',
    overloads: [
      { signature: '(char(n)) -> varbinary', duckdb: 'encode' },
      { signature: '(varchar) -> varbinary', duckdb: 'encode' },
    ],
  },
  from_utf8: {
    kind: 'scalar',
    overloads: [
      { signature: '(varbinary) -> varchar', duckdb: ([b]) => `trino_from_utf8(${b!.sql}, chr(65533))` },
      {
        signature: '(varbinary, bigint) -> varchar',
        duckdb: ([b, r]) => `trino_from_utf8(${b!.sql}, trino_chr(${r!.sql}))`,
      },
      { signature: '(varbinary, varchar) -> varchar', duckdb: 'trino_from_utf8' },
    ],
    note: 'decode() raises on bytes that are no UTF-8',
  },
  hamming_distance: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar, varchar) -> bigint', duckdb: bound('trino_hamming') }],
  },
  levenshtein_distance: {
    kind: 'scalar',
    overloads: [
      {
        signature: '(varchar, varchar) -> bigint',
        duckdb: 'trino_levenshtein_distance',
      },
    ],
    note: 'by code point; the engine compares bytes',
  },
  luhn_check: { kind: 'scalar', overloads: [{ signature: '(varchar) -> boolean', duckdb: bound('trino_luhn') }] },
  normalize: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar) -> varchar', duckdb: 'nfc_normalize' },
      {
        signature: '(varchar, varchar) -> varchar',
        duckdb: ([text, form]) => `trino_normalize(${text!.sql}, ${form!.sql})`,
      },
    ],
    note: 'the engine knows NFC only',
  },
  soundex: { kind: 'scalar', overloads: [{ signature: '(varchar) -> varchar(4)', duckdb: 'trino_soundex' }] },
  word_stem: {
    kind: 'scalar',
    overloads: [
      { signature: '(varchar(n)) -> varchar(n)', duckdb: ([w]) => `trino_word_stem(${w!.sql}, 'en')` },
      { signature: '(varchar(n), varchar(2)) -> varchar(n)', duckdb: 'trino_word_stem' },
    ],
  },
  char2hexint: {
    kind: 'scalar',
    overloads: [{ signature: '(varchar) -> varchar', duckdb: bound('trino_char2hexint') }],
  },
}
