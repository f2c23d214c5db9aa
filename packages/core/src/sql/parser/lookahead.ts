import { type BaseParser, type ILookaheadStrategy, LLkLookaheadStrategy } from 'chevrotain'

/**
 * One token of lookahead, worked out for a place in the grammar when a text first gets there.
 *
 * Doing it for all places at once is half the cost of building the parser, and one query passes few of them.
 */
export function lazyLookahead(): ILookaheadStrategy {
  const strategy = new LLkLookaheadStrategy({ maxLookahead: 1 })
  return {
    validate: (grammar) => strategy.validate(grammar),
    buildLookaheadForAlternation(place) {
      let choose: ReturnType<typeof strategy.buildLookaheadForAlternation> | undefined
      return function (this: BaseParser, alternatives) {
        choose ??= strategy.buildLookaheadForAlternation(place)
        return choose.call(this, alternatives)
      }
    },
    buildLookaheadForOptional(place) {
      let matches: ReturnType<typeof strategy.buildLookaheadForOptional> | undefined
      return function (this: BaseParser) {
        matches ??= strategy.buildLookaheadForOptional(place)
        return matches.call(this)
      }
    },
  }
}
