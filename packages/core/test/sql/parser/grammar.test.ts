import { EmbeddedActionsParser } from 'chevrotain'
import { expect, test } from 'vitest'
import { contextualWords, isReserved, reservedWords } from '../../../src/sql/keywords.ts'
import { parse } from '../../../src/sql/parse.ts'
import { lazyLookahead } from '../../../src/sql/parser/lookahead.ts'
import { QueryParser } from '../../../src/sql/parser/queries.ts'
import { K } from '../../../src/sql/tokens.ts'
import { parseSelect, refusal } from '../parsing.ts'

test('the grammar checks itself: no ambiguity but those decided by looking ahead, no rule that never ends', () => {
  expect(() => new QueryParser(true)).not.toThrow()
})

test('the check, with lookahead worked out late, finds an ambiguity', () => {
  class Ambiguous extends EmbeddedActionsParser {
    readonly either = this.RULE('either', () => {
      this.OR([{ ALT: () => this.CONSUME(K.SELECT) }, { ALT: () => this.CONSUME2(K.SELECT) }])
    })
    constructor() {
      super([K.SELECT], { lookaheadStrategy: lazyLookahead() })
      this.performSelfAnalysis()
    }
  }
  expect(() => new Ambiguous()).toThrow(/[Aa]mbiguous/)
})

test.each(reservedWords)('%s names nothing unless quoted', (word) => {
  expect(isReserved(word.toLowerCase())).toBe(true)
  expect(refusal(`SELECT 1 AS ${word}`)).toMatchObject({ code: 'SYNTAX_ERROR', column: 13 })
  expect(() => parse(`SELECT "${word}" AS "${word}" FROM "${word}" AS "${word}"`)).not.toThrow()
})

test.each(contextualWords)('%s is a name wherever one can stand', (word) => {
  expect(isReserved(word)).toBe(false)
  const name = { kind: 'Identifier', value: word, quoted: false }
  const { items, from, where } = parseSelect(
    `SELECT ${word}, t.${word} AS ${word} FROM ${word} AS ${word} WHERE ${word} = 1`,
  )
  expect(items).toMatchObject([
    { expression: name },
    { expression: { kind: 'Dereference', field: { value: word } }, alias: { value: word } },
  ])
  expect(from).toMatchObject([{ kind: 'AliasedRelation', alias: { value: word } }])
  expect(where).toMatchObject({ kind: 'Comparison', left: name })
})

// As a bare alias, followed by what does not make a clause of it.
test.each(contextualWords)('%s is a name without AS before it', (word) => {
  expect(parseSelect(`SELECT 1 ${word}, 2 FROM a ${word}, b`)).toMatchObject({
    items: [{ alias: { value: word } }, {}],
    from: [{ kind: 'AliasedRelation', alias: { value: word } }, {}],
  })
})
