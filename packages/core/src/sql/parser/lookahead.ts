import {
  Alternation,
  type ILookaheadStrategy,
  type IOrAlt,
  type IProduction,
  type IToken,
  LLkLookaheadStrategy,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  type Rule,
  Terminal,
  type TokenType,
} from 'chevrotain'

/** What a piece of grammar can start with: indexes of token types, those that stand for others spelled out. */
interface First {
  readonly types: ReadonlySet<number>
  /** The piece may match nothing at all. */
  readonly empty: boolean
}

/** The part of the parser that looking ahead needs. */
interface Reader {
  LA(distance: number): IToken
}

type Repeating = Repetition | RepetitionMandatory | RepetitionMandatoryWithSeparator | RepetitionWithSeparator

/**
 * One token of lookahead, worked out for a place in the grammar when a text first gets there: one query passes few of
 * them. The library's own strategy, for any number of tokens, lists paths and takes several times as long; it still
 * checks the grammar.
 */
export function lazyLookahead(): ILookaheadStrategy {
  const checker = new LLkLookaheadStrategy({ maxLookahead: 1 })
  const firsts = new Map<Rule, First>()
  return {
    validate: (grammar) => checker.validate(grammar),
    buildLookaheadForAlternation({ rule, prodOccurrence, hasPredicates }) {
      let alternatives: readonly First[] | undefined
      return function (this: unknown, choices?: IOrAlt<unknown>[]) {
        alternatives ??= find(rule, 'Alternation', prodOccurrence).definition.map((one) => firstOf([one], firsts))
        const next = (this as Reader).LA(1).tokenTypeIdx
        for (let i = 0; i < alternatives.length; i++) {
          const { types, empty } = alternatives[i]!
          if (!types.has(next) && !empty) continue
          if (hasPredicates && choices?.[i]?.GATE?.call(this) === false) continue
          return i
        }
        return undefined
      }
    },
    buildLookaheadForOptional({ rule, prodType, prodOccurrence }) {
      let inside: First | undefined
      return function (this: unknown) {
        inside ??= firstOf(find(rule, prodType, prodOccurrence).definition, firsts)
        return inside.types.has((this as Reader).LA(1).tokenTypeIdx)
      }
    },
  }
}

/** Works out what a sequence can start with. Rules refer to each other, never to themselves before a token is read. */
function firstOf(sequence: readonly IProduction[], firsts: Map<Rule, First>): First {
  const types = new Set<number>()
  for (const part of sequence) {
    const first = firstOfPart(part, firsts)
    for (const type of first.types) types.add(type)
    if (!first.empty) return { types, empty: false }
  }
  return { types, empty: true }
}

function firstOfPart(part: IProduction, firsts: Map<Rule, First>): First {
  if (part instanceof Terminal) return { types: new Set(spelledOut(part.terminalType)), empty: false }
  if (part instanceof NonTerminal) {
    const rule = part.referencedRule
    const first = firsts.get(rule) ?? firstOf(rule.definition, firsts)
    firsts.set(rule, first)
    return first
  }
  if (part instanceof Alternation) {
    const all = part.definition.map((one) => firstOf([one], firsts))
    return { types: new Set(all.flatMap((one) => [...one.types])), empty: all.some((one) => one.empty) }
  }
  const first = firstOf((part as Repeating).definition, firsts)
  return isOptional(part) ? { types: first.types, empty: true } : first
}

function isOptional(part: IProduction): boolean {
  return part instanceof Option || part instanceof Repetition || part instanceof RepetitionWithSeparator
}

function spelledOut(type: TokenType): readonly number[] {
  return [type.tokenTypeIdx!, ...(type.categoryMatches ?? [])]
}

const kinds = {
  Alternation,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
}

/** The n-th construct of a kind in a rule. */
function find<K extends keyof typeof kinds>(rule: Rule, kind: K, occurrence: number): InstanceType<(typeof kinds)[K]> {
  const within = (parts: readonly IProduction[]): IProduction | undefined => {
    for (const part of parts) {
      if (part instanceof kinds[kind] && part.idx === occurrence) return part
      const inner = 'definition' in part && !(part instanceof NonTerminal) ? (part.definition as IProduction[]) : []
      const found = within(inner)
      if (found) return found
    }
    return undefined
  }
  const found = within(rule.definition)
  if (!found) throw new Error(`rule ${rule.name} has no ${kind} ${occurrence}`)
  return found as InstanceType<(typeof kinds)[K]>
}
