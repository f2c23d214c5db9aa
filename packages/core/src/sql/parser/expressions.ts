import type { TokenType } from 'chevrotain'
import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import type { Rule } from './base.ts'
import { level } from './levels.ts'
import { PrimaryParser } from './primary.ts'

const operatorLevels: ReadonlyMap<TokenType, number> = new Map([
  [K.OR, level.or],
  [K.AND, level.and],
  [t.Equal, level.predicate],
  [t.NotEqual, level.predicate],
  [t.Less, level.predicate],
  [t.LessEqual, level.predicate],
  [t.Greater, level.predicate],
  [t.GreaterEqual, level.predicate],
  [K.BETWEEN, level.predicate],
  [K.IN, level.predicate],
  [K.LIKE, level.predicate],
  [K.IS, level.predicate],
  [t.Concat, level.concat],
  [t.Plus, level.sum],
  [t.Minus, level.sum],
  [t.Asterisk, level.product],
  [t.Slash, level.product],
  [t.Percent, level.product],
])

const quantifiers: ReadonlySet<TokenType> = new Set([K.ALL, K.ANY, K.SOME])

/** Expressions: one rule climbs all levels of precedence, instead of a rule for each. */
export abstract class ExpressionParser extends PrimaryParser {
  /** @param min the loosest operators this expression may hold outside brackets: see `level`. */
  override readonly expression: Rule<ast.Expression, [min?: number]> = this.rule(
    'expression',
    (min: number = level.or) => {
      this.descend()
      const start = this.here()
      // The tightest operators that may still follow: a predicate takes one value on each side and is itself no value.
      let max: number = level.zone
      let left = this.OR<ast.Expression>({
        ERR_MSG: '<expression>',
        DEF: [
          {
            GATE: () => min <= level.not,
            ALT: () => {
              this.CONSUME(K.NOT)
              const value = this.SUBRULE(this.expression, { ARGS: [level.not] })
              max = level.and
              return this.node(start, (span) => ({ kind: 'Not', value, span }))
            },
          },
          {
            GATE: () => !this.ahead(t.Minus, t.AnyNumber),
            ALT: () => {
              const sign = this.CONSUME(t.Sign)
              const value = this.SUBRULE2(this.expression, { ARGS: [level.unary] })
              return this.node(start, (span) => ({ kind: 'Negation', operator: sign.image as '+' | '-', value, span }))
            },
          },
          { ALT: () => this.SUBRULE(this.primary) },
        ],
        IGNORE_AMBIGUITIES: true,
      })
      // The terms of the chain of ANDs or ORs that `left` is, while it grows.
      let chain: ast.Expression[] | undefined
      this.MANY({
        GATE: () => {
          const next = this.operatorLevel()
          return next >= min && next <= max
        },
        DEF: () =>
          this.OR2([
            {
              ALT: () => {
                const operator = this.OR3<'AND' | 'OR'>([
                  { ALT: () => this.take(K.AND, 'AND') },
                  { ALT: () => this.take(K.OR, 'OR') },
                ])
                max = operator === 'AND' ? level.and : level.or
                const right = this.SUBRULE3(this.expression, { ARGS: [max + 1] })
                if (!chain || (left as ast.Logical).operator !== operator) chain = [left]
                chain.push(right)
                const terms = chain
                left = this.node(start, (span) => ({ kind: 'Logical', operator, terms, span }))
              },
            },
            {
              ALT: () => {
                const token = this.CONSUME(t.BinaryOperator)
                max = this.ACTION(() => operatorLevels.get(token.tokenType)!)
                const right = this.SUBRULE4(this.expression, { ARGS: [max + 1] })
                left = this.node(start, (span) => binary(token.image, left, right, span))
              },
            },
            {
              ALT: () => {
                this.CONSUME(K.AT)
                this.CONSUME(K.TIME)
                this.CONSUME(K.ZONE)
                const zone = this.OR4<ast.Expression>([
                  { ALT: () => this.SUBRULE(this.string) },
                  { ALT: () => this.SUBRULE(this.intervalLiteral) },
                ])
                left = this.node(start, (span) => ({ kind: 'AtTimeZone', value: left, zone, span }))
              },
            },
            {
              ALT: () => {
                max = level.and
                left = this.SUBRULE(this.predicate, { ARGS: [left, start] })
              },
            },
          ]),
      })
      this.ascend()
      return left
    },
  )

  /** What follows a value to make a condition of it. */
  readonly predicate: Rule<ast.Expression, [value: ast.Expression, start: number]> = this.rule(
    'predicate',
    (value: ast.Expression, start: number) => {
      const first = this.next()
      const negated = this.OPTION(() => this.CONSUME(K.NOT)) !== undefined
      return this.OR<ast.Expression>({
        ...(negated && { ERR_MSG: "'BETWEEN', 'IN', 'LIKE'" }),
        DEF: [
          {
            GATE: () => !negated,
            ALT: () => {
              const token = this.CONSUME(t.ComparisonToken)
              return this.SUBRULE(this.comparison, { ARGS: [value, start, token.image] })
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.BETWEEN)
              const min = this.SUBRULE(this.expression, { ARGS: [level.concat] })
              this.CONSUME(K.AND)
              const max = this.SUBRULE2(this.expression, { ARGS: [level.concat] })
              return this.node(start, (span) => ({ kind: 'Between', negated, value, min, max, span }))
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.IN)
              if (this.ahead(t.LParen, t.RParen))
                this.mismatch(first, '<predicate>', 'an IN list needs a value at least')
              const list = this.SUBRULE(this.inList)
              return this.node(start, (span) => ({ kind: 'In', negated, value, list, span }))
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.LIKE)
              const pattern = this.SUBRULE3(this.expression, { ARGS: [level.concat] })
              const escaping = this.OPTION2(() => {
                this.CONSUME(K.ESCAPE)
                return this.SUBRULE4(this.expression, { ARGS: [level.concat] })
              })
              return this.node(start, (span) => ({
                kind: 'Like',
                negated,
                value,
                pattern,
                ...(escaping !== undefined && { escape: escaping }),
                span,
              }))
            },
          },
          { GATE: () => !negated, ALT: () => this.SUBRULE(this.isPredicate, { ARGS: [value, start] }) },
        ],
      })
    },
  )

  readonly comparison: Rule<ast.Expression, [value: ast.Expression, start: number, image: string]> = this.rule(
    'comparison',
    (value: ast.Expression, start: number, image: string) => {
      const operator = (image === '!=' ? '<>' : image) as ast.ComparisonOperator
      return this.OR<ast.Expression>({
        ERR_MSG: "'ALL', 'ANY', 'SOME', <expression>",
        DEF: [
          {
            // ANY and its like are names too: a call of a function when no query is in the brackets.
            GATE: () => this.isNext(1, quantifiers) && !!this.next(2)?.group?.query,
            ALT: () => {
              const quantifier = this.OR2<'ALL' | 'ANY'>([
                { ALT: () => this.take(K.ALL, 'ALL') },
                { ALT: () => this.take(K.ANY, 'ANY') },
                { ALT: () => this.take(K.SOME, 'ANY') },
              ])
              this.CONSUME(t.LParen)
              const query = this.SUBRULE(this.query)
              this.CONSUME(t.RParen)
              return this.node(start, (span) => ({
                kind: 'QuantifiedComparison',
                operator,
                quantifier,
                value,
                query,
                span,
              }))
            },
          },
          {
            ALT: () => {
              const right = this.SUBRULE(this.expression, { ARGS: [level.concat] })
              return this.node(start, (span) => ({ kind: 'Comparison', operator, left: value, right, span }))
            },
          },
        ],
        IGNORE_AMBIGUITIES: true,
      })
    },
  )

  readonly inList: Rule<readonly ast.Expression[] | ast.Query> = this.rule('inList', () => {
    const isQuery = !!this.next().group?.query
    this.CONSUME(t.LParen)
    const list = this.OR<readonly ast.Expression[] | ast.Query>({
      DEF: [
        { GATE: () => isQuery, ALT: () => this.SUBRULE(this.query) },
        { ALT: () => this.list(() => this.SUBRULE(this.expression)) },
      ],
      IGNORE_AMBIGUITIES: true,
    })
    this.CONSUME(t.RParen)
    return list
  })

  readonly isPredicate: Rule<ast.Expression, [value: ast.Expression, start: number]> = this.rule(
    'isPredicate',
    (value: ast.Expression, start: number) => {
      this.CONSUME(K.IS)
      const negated = this.OPTION(() => this.CONSUME(K.NOT)) !== undefined
      return this.OR<ast.Expression>([
        {
          ALT: () => {
            this.CONSUME(K.NULL)
            return this.node(start, (span) => ({ kind: 'IsNull', negated, value, span }))
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.DISTINCT)
            this.CONSUME(K.FROM)
            const right = this.SUBRULE(this.expression, { ARGS: [level.concat] })
            return this.node(start, (span) => ({ kind: 'IsDistinctFrom', negated, left: value, right, span }))
          },
        },
      ])
    },
  )

  /** The level of the operator ahead; 0 when what comes is none. */
  private operatorLevel(): number {
    const type = this.LA(1).tokenType
    if (type === K.AT) return this.ahead(K.AT, K.TIME) ? level.zone : 0
    if (type === K.NOT) return level.predicate
    return operatorLevels.get(type) ?? 0
  }
}

function binary(operator: string, left: ast.Expression, right: ast.Expression, span: ast.Located['span']) {
  return operator === '||'
    ? ({ kind: 'Concatenation', left, right, span } as const)
    : ({ kind: 'Arithmetic', operator: operator as ast.Arithmetic['operator'], left, right, span } as const)
}
