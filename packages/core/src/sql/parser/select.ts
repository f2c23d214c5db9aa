import type { TokenType } from 'chevrotain'
import { EOF } from 'chevrotain'
import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import { type Rule, spanOf } from './base.ts'
import { WindowParser } from './windows.ts'

const afterGroupBy: ReadonlySet<TokenType> = new Set([
  ...[t.Comma, t.RParen, t.Semicolon, EOF],
  ...[K.HAVING, K.WINDOW, K.ORDER, K.OFFSET, K.LIMIT, K.FETCH, K.UNION, K.EXCEPT, K.INTERSECT],
])

const primaries: ReadonlySet<ast.Expression['kind']> = new Set<ast.Expression['kind']>([
  ...(['Identifier', 'Dereference', 'Subscript', 'Parenthesized', 'Row', 'FunctionCall', 'Cast'] as const),
  ...(['Subquery', 'SearchedCase', 'SimpleCase', 'ArrayConstructor', 'Parameter', 'JsonFunction', 'Trim'] as const),
  ...(['Extract', 'CurrentValue', 'Grouping', 'Exists', 'NullLiteral', 'BooleanLiteral', 'LongLiteral'] as const),
  ...(['DecimalLiteral', 'DoubleLiteral', 'StringLiteral', 'BinaryLiteral', 'GenericLiteral'] as const),
])

/** SELECT … FROM … WHERE … GROUP BY … HAVING … WINDOW …. */
export abstract class SelectParser extends WindowParser {
  readonly select: Rule<ast.QuerySpecification> = this.rule('select', () => {
    const start = this.here()
    this.CONSUME(K.SELECT)
    const quantifier = this.OPTION({
      GATE: () => this.quantifierAhead(),
      DEF: () => this.SUBRULE(this.quantifier),
    })
    const items = this.list(() => this.SUBRULE(this.selectItem))
    const from = this.OPTION2(() => this.SUBRULE(this.from)) ?? []
    const where = this.OPTION3(() => {
      this.CONSUME(K.WHERE)
      return this.SUBRULE(this.expression)
    })
    const groupBy = this.OPTION4(() => this.SUBRULE(this.groupBy))
    const having = this.OPTION5(() => {
      this.CONSUME(K.HAVING)
      return this.SUBRULE2(this.expression)
    })
    const windows = this.OPTION6(() => this.SUBRULE(this.windows)) ?? []
    return this.node(start, (span) => ({
      ...{ kind: 'QuerySpecification' as const, distinct: quantifier === 'DISTINCT', items, from },
      ...(where && { where }),
      ...(groupBy && { groupBy }),
      ...(having && { having }),
      ...{ windows, span },
    }))
  })

  readonly selectItem: Rule<ast.SelectItem> = this.rule('selectItem', () => {
    const start = this.here()
    return this.OR<ast.SelectItem>({
      ERR_MSG: "'*', <expression>",
      DEF: [
        {
          ALT: () => {
            this.CONSUME(t.Asterisk)
            return this.node(start, (span) => ({ kind: 'AllColumns', span }))
          },
        },
        {
          ALT: () => {
            const expression = this.SUBRULE(this.expression)
            return this.OR2<ast.SelectItem>([
              {
                ALT: () => {
                  this.CONSUME(t.Dot)
                  this.ACTION(() => {
                    if (!primaries.has(expression.kind)) this.mismatch(this.next(), '<identifier>')
                  })
                  this.CONSUME2(t.Asterisk)
                  const aliases = this.OPTION(() => {
                    this.CONSUME(K.AS)
                    return this.SUBRULE(this.names)
                  })
                  return this.node(start, (span) => ({
                    ...{ kind: 'AllColumns' as const, target: expression },
                    ...(aliases && { aliases }),
                    span,
                  }))
                },
              },
              {
                ALT: () => {
                  const alias = this.OPTION2({
                    GATE: () => this.ahead(K.AS) || this.aliasAhead(),
                    DEF: () => this.SUBRULE(this.alias),
                  })
                  return this.node(start, (span) => ({
                    kind: 'SingleColumn',
                    expression,
                    ...(alias && { alias }),
                    span,
                  }))
                },
              },
            ])
          },
        },
      ],
    })
  })

  readonly from: Rule<ast.Relation[]> = this.rule('from', () => {
    this.CONSUME(K.FROM)
    return this.list(() => this.SUBRULE(this.relation))
  })

  readonly groupBy: Rule<ast.GroupBy> = this.rule('groupBy', () => {
    const start = this.here()
    this.CONSUME(K.GROUP)
    this.CONSUME(K.BY)
    this.ACTION(() => {
      if (this.ahead(K.AUTO) && this.isNext(2, afterGroupBy) && this.LA(2).tokenType !== t.Comma) {
        this.unsupported('GROUP BY AUTO', spanOf(this.next()), 'name the columns; quote the word if it is one: "auto"')
      }
    })
    const quantifier = this.OPTION({
      GATE: () => this.quantifierAhead(),
      DEF: () => this.SUBRULE(this.quantifier),
    })
    const elements = this.list(() => this.SUBRULE(this.groupingElement))
    return this.node(start, (span) => ({ kind: 'GroupBy', distinct: quantifier === 'DISTINCT', elements, span }))
  })

  readonly groupingElement: Rule<ast.GroupingElement> = this.rule('groupingElement', () => {
    const start = this.here()
    return this.OR<ast.GroupingElement>({
      DEF: [
        {
          ALT: () => {
            this.CONSUME(K.ROLLUP)
            const sets = this.SUBRULE(this.groupingSets)
            return this.node(start, (span) => ({ kind: 'Rollup', sets, span }))
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.CUBE)
            const sets = this.SUBRULE2(this.groupingSets)
            return this.node(start, (span) => ({ kind: 'Cube', sets, span }))
          },
        },
        {
          GATE: () => this.ahead(K.GROUPING, K.SETS),
          ALT: () => {
            this.CONSUME(K.GROUPING)
            this.CONSUME(K.SETS)
            const sets = this.SUBRULE3(this.groupingSets)
            return this.node(start, (span) => ({ kind: 'GroupingSets', sets, span }))
          },
        },
        {
          ALT: () => {
            const expressions = this.SUBRULE(this.groupingSet)
            return this.node(start, (span) => ({ kind: 'SimpleGroupBy', expressions, span }))
          },
        },
      ],
      IGNORE_AMBIGUITIES: true,
    })
  })

  readonly groupingSets: Rule<ast.Expression[][]> = this.rule('groupingSets', () => {
    this.CONSUME(t.LParen)
    const sets = this.list(() => this.SUBRULE(this.groupingSet))
    this.CONSUME(t.RParen)
    return sets
  })

  /** `(a, b)`, `()`, or one expression, which may start with a bracket too. */
  readonly groupingSet: Rule<ast.Expression[]> = this.rule('groupingSet', () =>
    this.OR<ast.Expression[]>({
      ERR_MSG: "'(', <expression>",
      DEF: [
        {
          GATE: () => {
            const group = this.next().group
            return group !== undefined && !group.query && afterGroupBy.has(group.next)
          },
          ALT: () => {
            const expressions: ast.Expression[] = []
            this.CONSUME(t.LParen)
            this.MANY_SEP({ SEP: t.Comma, DEF: () => expressions.push(this.SUBRULE(this.expression)) })
            this.CONSUME(t.RParen)
            return expressions
          },
        },
        { ALT: () => [this.SUBRULE2(this.expression)] },
      ],
      IGNORE_AMBIGUITIES: true,
    }),
  )
}
