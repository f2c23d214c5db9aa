import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import { type Rule, spanOf } from './base.ts'
import { ExpressionParser } from './expressions.ts'
import { level } from './levels.ts'

/** What stands in FROM. */
export abstract class RelationParser extends ExpressionParser {
  readonly relation: Rule<ast.Relation> = this.rule('relation', () => {
    this.descend()
    const start = this.here()
    let left = this.SUBRULE(this.sampled)
    this.MANY(() => {
      left = this.OR<ast.Relation>([
        {
          ALT: () => {
            this.CONSUME(K.CROSS)
            this.CONSUME(K.JOIN)
            const right = this.SUBRULE2(this.sampled)
            return this.node(start, (span) => ({ kind: 'Join', type: 'CROSS', left, right, span }))
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.NATURAL)
            const type = this.SUBRULE(this.joinType)
            const right = this.SUBRULE3(this.sampled)
            return this.node(start, (span) => {
              this.refuse('NOT_SUPPORTED', 'Natural join not supported', span, 'name the columns: JOIN … USING (…)')
              return { kind: 'Join', type, left, right, span }
            })
          },
        },
        {
          ALT: () => {
            const type = this.SUBRULE2(this.joinType)
            const right = this.SUBRULE(this.relation)
            const criteria = this.SUBRULE(this.joinCriteria)
            return this.node(start, (span) => ({ kind: 'Join', type, left, right, criteria, span }))
          },
        },
      ])
    })
    this.ascend()
    return left
  })

  readonly joinType: Rule<ast.Join['type']> = this.rule('joinType', () => {
    const type = this.OPTION(() =>
      this.OR<ast.Join['type']>([
        { ALT: () => this.take(K.INNER, 'INNER') },
        {
          ALT: () => {
            const side = this.OR2<ast.Join['type']>([
              { ALT: () => this.take(K.LEFT, 'LEFT') },
              { ALT: () => this.take(K.RIGHT, 'RIGHT') },
              { ALT: () => this.take(K.FULL, 'FULL') },
            ])
            this.OPTION2(() => this.CONSUME(K.OUTER))
            return side
          },
        },
      ]),
    )
    this.CONSUME(K.JOIN)
    return type ?? 'INNER'
  })

  readonly joinCriteria: Rule<NonNullable<ast.Join['criteria']>> = this.rule('joinCriteria', () =>
    this.OR<NonNullable<ast.Join['criteria']>>([
      {
        ALT: () => {
          this.CONSUME(K.ON)
          return { kind: 'On', expression: this.SUBRULE(this.expression) }
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.USING)
          return { kind: 'Using', columns: this.SUBRULE(this.names) }
        },
      },
    ]),
  )

  readonly sampled: Rule<ast.Relation> = this.rule('sampled', () => {
    const start = this.here()
    let relation = this.SUBRULE(this.aliased)
    this.OPTION(() => {
      this.CONSUME(K.TABLESAMPLE)
      const method = this.OR<'BERNOULLI' | 'SYSTEM'>([
        { ALT: () => this.take(K.BERNOULLI, 'BERNOULLI') },
        { ALT: () => this.take(K.SYSTEM, 'SYSTEM') },
      ])
      this.CONSUME(t.LParen)
      const percentage = this.SUBRULE(this.expression)
      this.CONSUME(t.RParen)
      const sampled = relation
      relation = this.node(start, (span) => ({ kind: 'SampledRelation', relation: sampled, method, percentage, span }))
    })
    return relation
  })

  readonly aliased: Rule<ast.Relation> = this.rule('aliased', () => {
    const start = this.here()
    let relation = this.SUBRULE(this.source)
    this.OPTION({
      GATE: () => this.ahead(K.AS) || this.aliasAhead(),
      DEF: () => {
        const alias = this.SUBRULE(this.alias)
        const columns = this.OPTION2(() => this.SUBRULE(this.names))
        const inner = relation
        relation = this.node(start, (span) => ({
          ...{ kind: 'AliasedRelation' as const, relation: inner, alias },
          ...(columns && { columns }),
          span,
        }))
      },
    })
    this.ACTION(() => {
      if (this.ahead(K.MATCH_RECOGNIZE, t.LParen)) this.unsupported('MATCH_RECOGNIZE', spanOf(this.next()))
    })
    return relation
  })

  /** `[AS] name`. */
  readonly alias: Rule<ast.Name> = this.rule('alias', () => {
    this.OPTION(() => this.CONSUME(K.AS))
    return this.SUBRULE(this.name)
  })

  readonly source: Rule<ast.Relation> = this.rule('source', () => {
    const start = this.here()
    const group = this.next().group
    return this.OR<ast.Relation>({
      DEF: [
        { GATE: () => this.ahead(K.LATERAL, t.LParen), ALT: () => this.SUBRULE(this.lateral) },
        { ALT: () => this.SUBRULE(this.table) },
        { ALT: () => this.SUBRULE(this.unnest) },
        {
          GATE: () => !!group?.query,
          ALT: () => {
            this.CONSUME(t.LParen)
            const query = this.SUBRULE(this.query)
            this.CONSUME(t.RParen)
            return this.node(start, (span) => ({ kind: 'TableSubquery', query, span }))
          },
        },
        {
          ALT: () => {
            this.CONSUME2(t.LParen)
            const relation = this.SUBRULE(this.relation)
            this.CONSUME2(t.RParen)
            return this.node(start, (span) => ({ kind: 'ParenthesizedRelation', relation, span }))
          },
        },
        { ALT: () => this.SUBRULE(this.tableFunction) },
      ],
      IGNORE_AMBIGUITIES: true,
    })
  })

  /** A table or an event data store, as of a version or time when one is given. */
  readonly table: Rule<ast.Table> = this.rule('table', () => {
    const start = this.here()
    const name = this.SUBRULE(this.tableName)
    const asOf = this.OPTION(() => {
      this.CONSUME(K.FOR)
      const unit = this.OR<'VERSION' | 'TIMESTAMP'>([
        { ALT: () => this.take(K.VERSION, 'VERSION') },
        { ALT: () => this.take(K.TIMESTAMP, 'TIMESTAMP') },
      ])
      this.CONSUME(K.AS)
      this.CONSUME(K.OF)
      const value = this.SUBRULE(this.expression, { ARGS: [level.concat] })
      return { unit, value }
    })
    return this.node(start, (span) => ({ kind: 'Table', name, ...(asOf && { asOf }), span }))
  })

  /** Relations that are known and refused. */
  readonly tableFunction: Rule<never> = this.rule('tableFunction', () => {
    const start = this.here()
    const what = this.OR<string>([
      { ALT: () => this.take(K.TABLE, 'a table function') },
      { ALT: () => this.take(K.JSON_TABLE, 'JSON_TABLE') },
    ])
    this.CONSUME(t.LParen)
    return this.ACTION(() => this.unsupported(what, { start, end: this.next(0).endOffset }))
  })

  readonly unnest: Rule<ast.Unnest> = this.rule('unnest', () => {
    const start = this.here()
    this.CONSUME(K.UNNEST)
    this.CONSUME(t.LParen)
    const expressions = this.list(() => this.SUBRULE(this.expression))
    this.CONSUME(t.RParen)
    const ordinality = this.OPTION(() => {
      this.CONSUME(K.WITH)
      return this.CONSUME(K.ORDINALITY)
    })
    return this.node(start, (span) => ({
      kind: 'Unnest',
      expressions,
      withOrdinality: ordinality !== undefined,
      span,
    }))
  })

  readonly lateral: Rule<ast.Lateral> = this.rule('lateral', () => {
    const start = this.here()
    this.CONSUME(K.LATERAL)
    this.CONSUME(t.LParen)
    const query = this.SUBRULE(this.query)
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({ kind: 'Lateral', query, span }))
  })
}
