import { EOF } from 'chevrotain'
import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import { type Rule, spanOf } from './base.ts'
import { SelectParser } from './select.ts'

/** INTERSECT binds tighter than UNION and EXCEPT. */
const setLevel = { union: 1, intersect: 2, primary: 3 } as const

/** Queries, and the texts that are one. */
export class QueryParser extends SelectParser {
  /** @param validate see the base class. */
  constructor(validate = false) {
    super(validate)
    this.performSelfAnalysis()
  }

  readonly statement: Rule<ast.Query> = this.rule('statement', () => {
    const query = this.SUBRULE(this.query)
    this.OPTION(() => this.CONSUME(t.Semicolon))
    this.CONSUME(EOF)
    return query
  })

  readonly standaloneExpression: Rule<ast.Expression> = this.rule('standaloneExpression', () => {
    const expression = this.SUBRULE(this.expression)
    this.CONSUME(EOF)
    return expression
  })

  override readonly query: Rule<ast.Query> = this.rule('query', () => {
    this.descend()
    const start = this.here()
    const withClause = this.OPTION(() => this.SUBRULE(this.with))
    const query = this.SUBRULE(this.queryBody)
    this.ascend()
    return this.node(start, (span) => (withClause ? { with: withClause, ...query, span } : query))
  })

  readonly with: Rule<ast.With> = this.rule('with', () => {
    const start = this.here()
    this.CONSUME(K.WITH)
    this.ACTION(() => {
      if (this.ahead(K.FUNCTION, t.AnyName)) this.unsupported('WITH FUNCTION', spanOf(this.next()))
      if (this.ahead(K.SESSION, t.AnyName)) this.unsupported('WITH SESSION', spanOf(this.next()))
    })
    const recursive = this.OPTION(() => this.CONSUME(K.RECURSIVE)) !== undefined
    const queries = this.list(() => this.SUBRULE(this.withQuery))
    return this.node(start, (span) => ({ kind: 'With', recursive, queries, span }))
  })

  readonly withQuery: Rule<ast.WithQuery> = this.rule('withQuery', () => {
    const start = this.here()
    const name = this.SUBRULE(this.name)
    const columns = this.OPTION(() => this.SUBRULE(this.names))
    this.CONSUME(K.AS)
    this.CONSUME(t.LParen)
    const query = this.SUBRULE(this.query)
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({ kind: 'WithQuery', name, ...(columns && { columns }), query, span }))
  })

  /** A query without its WITH. */
  readonly queryBody: Rule<ast.Query> = this.rule('queryBody', () => {
    const start = this.here()
    const body = this.SUBRULE(this.setOperation, { ARGS: [setLevel.union] })
    const orderBy = this.OPTION(() => this.SUBRULE(this.orderBy)) ?? []
    const offset = this.OPTION2(() => {
      this.CONSUME(K.OFFSET)
      const count = this.SUBRULE(this.rowCount)
      this.OPTION3(() => this.OR([{ ALT: () => this.CONSUME(K.ROW) }, { ALT: () => this.CONSUME(K.ROWS) }]))
      return count
    })
    const limit = this.OPTION4(() =>
      this.OR2([{ ALT: () => this.SUBRULE(this.limit) }, { ALT: () => this.SUBRULE(this.fetchFirst) }]),
    )
    return this.node(start, (span) => ({
      ...{ kind: 'Query' as const, body, orderBy },
      ...(offset && { offset }),
      ...(limit && { limit }),
      span,
    }))
  })

  readonly limit: Rule<ast.Limit> = this.rule('limit', () => {
    const start = this.here()
    this.CONSUME(K.LIMIT)
    const count = this.OR<ast.RowCount | undefined>([
      { ALT: () => this.SUBRULE(this.rowCount) },
      { ALT: () => this.take(K.ALL, undefined) },
    ])
    return this.node(start, (span) => ({ kind: 'Limit', ...(count && { count }), withTies: false, span }))
  })

  /** FETCH FIRST; without a number it is one row. */
  readonly fetchFirst: Rule<ast.Limit> = this.rule('fetchFirst', () => {
    const start = this.here()
    this.CONSUME(K.FETCH)
    this.OR([{ ALT: () => this.CONSUME(K.FIRST) }, { ALT: () => this.CONSUME(K.NEXT) }])
    const given = this.OPTION(() => this.SUBRULE(this.rowCount))
    const at = this.here()
    this.OR2([{ ALT: () => this.CONSUME(K.ROW) }, { ALT: () => this.CONSUME(K.ROWS) }])
    const withTies = this.OR3<boolean>([
      { ALT: () => this.take(K.ONLY, false) },
      {
        ALT: () => {
          this.CONSUME(K.WITH)
          this.CONSUME(K.TIES)
          return true
        },
      },
    ])
    // The one that is not written has an empty span, where it would stand.
    const one: ast.LongLiteral = { kind: 'LongLiteral', value: 1n, span: { start: at, end: at } }
    return this.node(start, (span) => ({ kind: 'Limit', count: given ?? one, withTies, span }))
  })

  readonly rowCount: Rule<ast.RowCount> = this.rule('rowCount', () => {
    const start = this.here()
    return this.OR<ast.RowCount>([
      {
        ALT: () => {
          const token = this.CONSUME(t.IntegerToken)
          return this.node(start, (span) => this.toLong(token.image, false, span))
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.Question)
          return this.node(start, (span) => ({ kind: 'Parameter', index: this.nextParameter(), span }))
        },
      },
    ])
  })

  readonly setOperation: Rule<ast.QueryBody, [min?: number]> = this.rule(
    'setOperation',
    (min: number = setLevel.union) => {
      const start = this.here()
      let left = this.SUBRULE(this.queryPrimary)
      this.MANY({
        GATE: () => (this.ahead(K.INTERSECT) ? setLevel.intersect : setLevel.union) >= min,
        DEF: () => {
          const operator = this.OR<ast.SetOperation['operator']>([
            { ALT: () => this.take(K.UNION, 'UNION') },
            { ALT: () => this.take(K.EXCEPT, 'EXCEPT') },
            { ALT: () => this.take(K.INTERSECT, 'INTERSECT') },
          ])
          const quantifier = this.OPTION(() => this.SUBRULE(this.quantifier))
          this.ACTION(() => {
            if (this.ahead(K.CORRESPONDING))
              this.unsupported('CORRESPONDING', spanOf(this.next()), 'write the columns in the same order')
          })
          const above = operator === 'INTERSECT' ? setLevel.primary : setLevel.intersect
          const right = this.SUBRULE(this.setOperation, { ARGS: [above] })
          const all = quantifier === 'ALL'
          left = this.node(start, (span) => ({ kind: 'SetOperation', operator, all, left, right, span }))
        },
      })
      return left
    },
  )

  readonly queryPrimary: Rule<ast.QueryBody> = this.rule('queryPrimary', () => {
    const start = this.here()
    return this.OR<ast.QueryBody>([
      { ALT: () => this.SUBRULE(this.select) },
      {
        ALT: () => {
          this.CONSUME(K.TABLE)
          const tableStart = this.here()
          const name = this.SUBRULE(this.tableName)
          const table = this.node(tableStart, (span) => ({ kind: 'Table' as const, name, span }))
          return this.node(start, (span) => ({ kind: 'TableStatement', table, span }))
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.VALUES)
          const rows = this.list(() => this.SUBRULE(this.expression))
          return this.node(start, (span) => ({ kind: 'Values', rows, span }))
        },
      },
      {
        ALT: () => {
          this.descend()
          this.CONSUME(t.LParen)
          const query = this.SUBRULE(this.queryBody)
          this.CONSUME(t.RParen)
          this.ascend()
          return query
        },
      },
    ])
  })
}
