import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TraillakeError } from '../../../src/errors/index.ts'
import { contextualWords, reservedWords } from '../../../src/sql/keywords.ts'
import { lex } from '../../../src/sql/lexer.ts'
import { parse, parseExpression } from '../../../src/sql/parse.ts'
import { printQuery } from '../../../src/sql/print.ts'
import { grammaticalTexts } from '../grammatical.ts'
import { shape } from '../parsing.ts'

/** Whatever a text is, parsing gives a tree or a TraillakeError with a place in the text. */
function survives(text: string): void {
  for (const read of [parse, parseExpression]) {
    try {
      read(text)
    } catch (error) {
      if (!(error instanceof TraillakeError)) throw error
      expect(['SYNTAX_ERROR', 'NOT_A_QUERY', 'NOT_SUPPORTED']).toContain(error.code)
      const { start, end } = error.span!
      expect(start).toBeGreaterThanOrEqual(0)
      expect(end).toBeGreaterThanOrEqual(start)
      expect(end).toBeLessThanOrEqual(text.length)
      expect(error.line).toBeGreaterThan(0)
    }
  }
}

const soup = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...reservedWords, ...contextualWords) },
      { weight: 4, arbitrary: fc.constantFrom(...'=<>+-*/%.,:;?()[]'.split(''), '<>', '!=', '||', '->', '=>') },
      {
        weight: 2,
        arbitrary: fc.constantFrom('a', 'b', '"c d"', '1', '1.5', '1E0', "'s'", "U&'\\0061'", "X'00'", '$A'),
      },
      { weight: 1, arbitrary: fc.constantFrom('1x', '`a`', "'", '"', '/*', '--', '\n', 'é', '\u{1f600}', '0x', '&') },
    ),
    { maxLength: 30 },
  )
  .map((words) => words.join(' '))

const texts = grammaticalTexts()

/** A grammatical text with some tokens left out, doubled, swapped or replaced by those of another. */
const mutated = (maxChanges: number) =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.constantFrom(...texts),
      fc.array(fc.nat(), { minLength: 1, maxLength: maxChanges }),
    )
    .map(([text, other, changes]) => {
      const words = lex(text)
        .tokens.slice(0, -1)
        .map((token) => token.image)
      const donor = lex(other).tokens.map((token) => token.image)
      for (const change of changes) {
        const at = change % (words.length + 1)
        const kind = Math.trunc(change / (words.length + 1)) % 4
        if (kind === 0) words.splice(at, 1)
        else if (kind === 1) words.splice(at, 0, words[at] ?? ')')
        else if (kind === 2) words.splice(at, 2, ...words.slice(at, at + 2).reverse())
        else words.splice(at, 1, donor[change % donor.length]!)
      }
      return words.join(' ')
    })

describe('nothing but a TraillakeError escapes', () => {
  test('random characters', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 60 }), survives), { numRuns: 1_000 })
  })

  test('random bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array).toString('latin1'))
    fc.assert(fc.property(bytes, survives), { numRuns: 1_000 })
  })

  test('token soup', () => {
    fc.assert(fc.property(soup, survives), { numRuns: 2_000 })
    fc.assert(
      fc.property(soup, (words) => survives(`SELECT ${words}`)),
      { numRuns: 2_000 },
    )
  })

  test('grammatical texts with a few tokens changed', () => {
    fc.assert(fc.property(mutated(6), survives), { numRuns: 2_000 })
  })
})

test('tokens of any text cover it, in order, but for white space and comments', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), soup), (text) => {
      const { tokens, comments } = lex(text)
      const pieces = [
        ...tokens.map((token) => ({ start: token.startOffset, end: token.endOffset + 1 })),
        ...comments.map(({ span }) => span),
      ].sort((a, b) => a.start - b.start)
      let at = 0
      for (const { start, end } of pieces) {
        expect(text.slice(at, start)).toMatch(/^[ \t\r\n]*$/)
        at = end
      }
      expect(at).toBe(text.length)
    }),
    { numRuns: 1_000 },
  )
})

test('what is accepted is printed and read again as the same tree', () => {
  let accepted = 0
  fc.assert(
    fc.property(mutated(1), (text) => {
      let query: ReturnType<typeof parse>
      try {
        query = parse(text)
      } catch {
        return
      }
      accepted += 1
      const printed = printQuery(query)
      // A lambda among operators gets brackets it had not.
      expect(printQuery(parse(printed))).toBe(printed)
      const all = printQuery(query, { brackets: 'all' })
      expect(shape(parse(all), { brackets: false })).toEqual(shape(query, { brackets: false }))
    }),
    { numRuns: 2_000 },
  )
  expect(accepted).toBeGreaterThan(200)
})
