import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compactJson } from '../../src/events/compact.ts'
import { anyTree, render } from './json-tree.ts'

const compact = (text: string) => compactJson(Buffer.from(text))?.toString()

test('white space between tokens goes, tokens stay', () => {
  const spaces = fc.infiniteStream(fc.constantFrom('', ' ', '\n', '\t\r'))
  fc.assert(
    fc.property(anyTree, spaces, fc.constantFrom('', ' ', '\n\n'), (tree, stream, around) => {
      const text = around + render(tree, () => stream.next().value) + around
      expect(compact(text)).toBe(render(tree))
    }),
  )
})

test('a compact text comes back as the same bytes, uncopied', () => {
  const bytes = Buffer.from('{"a":[1,{"b":" "}]}')
  expect(compactJson(bytes)).toBe(bytes)
})

/** JSON.parse reads the same grammar: whatever it refuses is refused, whatever it reads is read. */
test('exactly what JSON.parse reads is read', () => {
  const parses = (text: string) => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  const character = fc.constantFrom(
    ...'{}[]:,"\\/ut0123-+.eE\n\t \u0001aé'.split(''),
    'true',
    'null',
    '\\u00e9',
    '"a":',
    '\\x',
  )
  const edited = fc
    .tuple(anyTree, fc.nat(), fc.nat(3), fc.array(character, { maxLength: 3 }))
    .map(([tree, at, cut, more]) => {
      const text = render(tree)
      const p = at % (text.length + 1)
      return text.slice(0, p) + more.join('') + text.slice(p + cut)
    })
  fc.assert(
    fc.property(
      fc.oneof(
        edited,
        fc.array(character, { maxLength: 12 }).map((c) => c.join('')),
      ),
      (text) => {
        const wellFormed = Buffer.from(text).toString()
        expect(compact(wellFormed) !== undefined).toBe(parses(wellFormed))
      },
    ),
    { numRuns: 5000 },
  )
})

test.each([
  '',
  ' ',
  '{',
  '{"a":1,}',
  '[1,]',
  '{"a":NaN}',
  '[01]',
  '[1.]',
  '[+1]',
  '"\\x"',
  '"\\u12g4"',
  '"a\nb"',
  '{a:1}',
  "{'a':1}",
  '[1] 2',
  '[1}',
  'tru',
])('%j is refused', (text) => {
  expect(compact(text)).toBeUndefined()
})

test('a million levels need no stack', () => {
  const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000)
  expect(compact(deep.replace('[]', '[ ]'))).toBe(deep)
  expect(compact(deep.slice(1))).toBeUndefined()
})
