import fc from 'fast-check'
import type { Field, FieldKind } from '../../src/schema/index.ts'

/** JSON as its source tokens: what a text says, and exactly how it says it. */
export type Tree =
  | { readonly token: string }
  | { readonly members: readonly (readonly [string, Tree])[] }
  | { readonly elements: readonly Tree[] }

export const isScalar = (tree: Tree): tree is { readonly token: string } => 'token' in tree

/** The text of a tree; `space` is put between any two tokens. */
export function render(tree: Tree, space: () => string = () => ''): string {
  if ('token' in tree) return tree.token
  if ('elements' in tree) {
    return `[${space()}${tree.elements.map((e) => render(e, space)).join(`${space()},${space()}`)}${space()}]`
  }
  const members = tree.members.map(([key, value]) => `${key}${space()}:${space()}${render(value, space)}`)
  return `{${space()}${members.join(`${space()},${space()}`)}${space()}}`
}

/** Text pieces of a string token that each stand for themselves, most of them plain. */
const piece = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      'a',
      'B',
      '-1',
      ':',
      ',',
      '{',
      '}',
      '[',
      ']',
      ' ',
      '*',
      'arn:aws',
      'true',
      'é',
      '😀',
      '\u2028',
      '\u007f',
    ),
  },
  { weight: 2, arbitrary: fc.constantFrom('\\"', '\\\\', '\\n', '\\t', '\\r', '\\b', '\\f') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '\\/',
      '\\u0041',
      '\\u003c',
      '\\u0000',
      '\\ud83d\\ude00',
      '\\ud800',
      '\\udc00',
      '\\uD83D',
    ),
  },
)

export const stringToken = fc.array(piece, { maxLength: 4 }).map((pieces) => `"${pieces.join('')}"`)

export const numberToken = fc.oneof(
  fc.integer().map(String),
  fc.constantFrom(
    '0',
    '-0',
    '1.0',
    '1.50',
    '0.5',
    '-0.5',
    '0.0',
    '0.00001',
    '1E9',
    '1e-5',
    '1.688560107857E9',
    '12345678901234567890123',
    '9007199254740993',
    '100000000000000000',
    '1e400',
    '-1.25',
    '99.990',
  ),
  fc.tuple(fc.nat(99_999), fc.nat(99_999)).map(([a, b]) => `${a}.${b}`),
)

const literalToken = fc.constantFrom('true', 'false', 'null')

const token = (arbitrary: fc.Arbitrary<string>): fc.Arbitrary<Tree> => arbitrary.map((text) => ({ token: text }))

export const anyTree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    token(stringToken),
    token(numberToken),
    token(literalToken),
    fc.array(tie('tree'), { maxLength: 3 }).map((elements) => ({ elements })),
    fc.array(fc.tuple(stringToken, tie('tree')), { maxLength: 3 }).map((members) => ({ members })),
  ),
})).tree

const timeToken = fc.oneof(
  fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => `"${date.toISOString().slice(0, 19)}Z"`),
  fc.constantFrom(
    '"2024-02-29T00:00:00Z"',
    '"2023-02-29T00:00:00Z"',
    '"2024-01-01T00:00:00.123456Z"',
    '"2024-01-01T24:00:00Z"',
    '"20240101T010203Z"',
    '"2024-01-01T10:00:00+02:00"',
    '"2024-01-01T10:00:00"',
    '"..."',
    '""',
    '"2024-13-01T00:00:00Z"',
    '"2024-01-01 00:00:00"',
    '"2024-01-01 00:00:00Z"',
    '"2024/01/01T00:00:00Z"',
    '"2024-01-01T00:00:00+"',
    '"+024-01-01T00:00:00Z"',
    '"2024-01-0aT00:00:00Z"',
    '"2024\\u002d01-01T00:00:00Z"',
  ),
)

/** A tree that mostly is what a column of this kind expects. */
function treeOfKind(kind: FieldKind): fc.Arbitrary<Tree> {
  return fc.oneof(
    { weight: 12, arbitrary: expectedTree(kind) },
    { weight: 1, arbitrary: anyTree },
    { weight: 1, arbitrary: fc.constant<Tree>({ token: 'null' }) },
  )
}

function expectedTree(kind: FieldKind): fc.Arbitrary<Tree> {
  if (typeof kind === 'object') {
    if ('struct' in kind) return treeOfFields(kind.struct)
    return fc
      .array(fc.oneof({ weight: 9, arbitrary: treeOfFields(kind.array) }, { weight: 1, arbitrary: anyTree }), {
        maxLength: 3,
      })
      .map((elements) => ({ elements }))
  }
  switch (kind) {
    case 'boolean':
      return token(fc.constantFrom('true', 'false', 'true', '"true"', '"FALSE"', '"yes"', '1'))
    case 'timestamp':
      return token(timeToken)
    case 'double':
    case 'integer':
      return token(numberToken)
    case 'map':
      return fc.array(fc.tuple(stringToken, anyTree), { maxLength: 4 }).map((members) => ({ members }))
    default:
      return token(stringToken)
  }
}

const letterCase = (key: string) => fc.constantFrom(key.toLowerCase(), key.toUpperCase(), key)

/** An object with some of the fields, now and then one of them twice, in another letter case, or one more. */
export function treeOfFields(fields: readonly Field[]): fc.Arbitrary<Tree> {
  const member = (field: Field) =>
    fc.tuple(
      fc
        .oneof(
          { weight: 30, arbitrary: fc.constant(field.json) },
          { weight: 1, arbitrary: letterCase(field.json) },
          { weight: 1, arbitrary: letterCase(field.name) },
        )
        .map((key) => JSON.stringify(key)),
      treeOfKind(field.kind),
    )
  return fc
    .subarray([...fields], { minLength: 0 })
    .chain((some) =>
      fc.tuple(
        fc.tuple(...some.map(member)),
        fc.oneof(
          { weight: 6, arbitrary: fc.constant([]) },
          {
            weight: 1,
            arbitrary: fc.array(fc.oneof(member(fields[0]!), fc.tuple(stringToken, anyTree)), { maxLength: 2 }),
          },
        ),
      ),
    )
    .map(([members, more]) => ({ members: [...members, ...more] }))
}
