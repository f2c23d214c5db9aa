import { type IProduction, type IToken, LLkLookaheadStrategy, NonTerminal, type Rule } from 'chevrotain'
import { expect, test } from 'vitest'
import { lazyLookahead } from '../../../src/sql/parser/lookahead.ts'
import { QueryParser } from '../../../src/sql/parser/queries.ts'
import { allTokens } from '../../../src/sql/tokens.ts'

type Place = Parameters<LLkLookaheadStrategy['buildLookaheadForOptional']>[0]

/** Every place of the grammar where a choice is made, with the number of alternatives where there are several. */
function places(rule: Rule): (Place & { readonly alternatives: number })[] {
  const found: ReturnType<typeof places> = []
  const visit = (parts: readonly IProduction[]): void => {
    for (const part of parts) {
      if (part instanceof NonTerminal || !('definition' in part)) continue
      const definition = part.definition as IProduction[]
      const prodType = part.constructor.name.replace(/^_/, '') as Place['prodType']
      if (prodType !== ('Alternative' as string))
        found.push({
          rule,
          prodType,
          prodOccurrence: (part as unknown as { idx: number }).idx,
          maxLookahead: 1,
          dynamicTokensEnabled: false,
          alternatives: definition.length,
        })
      visit(definition)
    }
  }
  visit(rule.definition)
  return found
}

const parser = new QueryParser(false)
const rules = Object.values(parser.getGAstProductions())
const own = lazyLookahead()
const library = new LLkLookaheadStrategy({ maxLookahead: 1 })
type Reader = ThisParameterType<ReturnType<typeof own.buildLookaheadForOptional>>
const before = (token: IToken) => ({ LA: () => token, LA_FAST: () => token }) as unknown as Reader

test.each(rules.map((rule) => [rule.name, rule] as const))(
  'in %s every token is taken for what the library takes it for',
  (_, rule) => {
    for (const { alternatives, ...place } of places(rule)) {
      const what = `${place.prodType} ${place.prodOccurrence}`
      // Once as it is, and once with each alternative closed by its gate.
      const closed = place.prodType === 'Alternation' ? [-1, ...Array(alternatives).keys()] : [-1]
      for (const gate of closed) {
        const choices = Array.from({ length: alternatives }, (_, i) => ({ ALT: () => {}, GATE: () => i !== gate }))
        const [mine, theirs] = [own, library].map((strategy) =>
          place.prodType === 'Alternation'
            ? strategy.buildLookaheadForAlternation({ ...place, hasPredicates: true })
            : strategy.buildLookaheadForOptional(place),
        )
        for (const tokenType of allTokens) {
          const token = { image: '', startOffset: 0, tokenType, tokenTypeIdx: tokenType.tokenTypeIdx! }
          expect([what, gate, tokenType.name, mine!.call(before(token), choices)]).toEqual([
            what,
            gate,
            tokenType.name,
            theirs!.call(before(token), choices),
          ])
        }
      }
    }
  },
)

test('places are found', () => {
  expect(rules.flatMap(places).length).toBeGreaterThan(100)
})
