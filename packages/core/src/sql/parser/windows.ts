import type { TokenType } from 'chevrotain'
import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import { type Rule, spanOf } from './base.ts'
import { RelationParser } from './relations.ts'

const afterBaseWindow: ReadonlySet<TokenType> = new Set([
  ...[t.RParen, K.PARTITION, K.ORDER, K.RANGE, K.ROWS, K.GROUPS],
])

/** ORDER BY items and windows. */
export abstract class WindowParser extends RelationParser {
  override readonly sortItems: Rule<ast.SortItem[]> = this.rule('sortItems', () =>
    this.list(() => this.SUBRULE(this.sortItem)),
  )

  readonly sortItem: Rule<ast.SortItem> = this.rule('sortItem', () => {
    const start = this.here()
    const expression = this.SUBRULE(this.expression)
    const descending = this.OPTION(() =>
      this.OR<boolean>([{ ALT: () => this.take(K.ASC, false) }, { ALT: () => this.take(K.DESC, true) }]),
    )
    const nulls = this.OPTION2(() => {
      this.CONSUME(K.NULLS)
      return this.OR2<'FIRST' | 'LAST'>([
        { ALT: () => this.take(K.FIRST, 'FIRST') },
        { ALT: () => this.take(K.LAST, 'LAST') },
      ])
    })
    return this.node(start, (span) => ({
      ...{ kind: 'SortItem' as const, expression, descending: descending ?? false },
      ...(nulls && { nulls }),
      span,
    }))
  })

  /** `WINDOW w AS (…), …`. */
  readonly windows: Rule<ast.WindowDefinition[]> = this.rule('windows', () => {
    this.CONSUME(K.WINDOW)
    return this.list(() => this.SUBRULE(this.windowDefinition))
  })

  readonly windowDefinition: Rule<ast.WindowDefinition> = this.rule('windowDefinition', () => {
    const start = this.here()
    const name = this.SUBRULE(this.name)
    this.CONSUME(K.AS)
    const window = this.SUBRULE(this.window)
    return this.node(start, (span) => ({ kind: 'WindowDefinition', name, window, span }))
  })

  /** With its brackets. */
  override readonly window: Rule<ast.Window> = this.rule('window', () => {
    // Counted besides the expressions around and inside: many rules stand between them.
    this.descend()
    const start = this.here()
    this.CONSUME(t.LParen)
    const base = this.OPTION({
      GATE: () => this.isNext(2, afterBaseWindow),
      DEF: () => this.SUBRULE(this.name),
    })
    const partitionBy = this.OPTION2(() => {
      this.CONSUME(K.PARTITION)
      this.CONSUME(K.BY)
      return this.list(() => this.SUBRULE(this.expression))
    })
    const orderBy = this.OPTION3(() => this.SUBRULE(this.orderBy))
    this.ACTION(() => {
      if (this.ahead(K.MEASURES) || this.ahead(K.PATTERN))
        this.unsupported('row pattern recognition in a window', spanOf(this.next()))
    })
    const frame = this.OPTION4(() => this.SUBRULE(this.frame))
    this.CONSUME(t.RParen)
    this.ascend()
    return this.node(start, (span) => ({
      kind: 'Window',
      ...(base && { base }),
      partitionBy: partitionBy ?? [],
      orderBy: orderBy ?? [],
      ...(frame && { frame }),
      span,
    }))
  })

  readonly frame: Rule<ast.WindowFrame> = this.rule('frame', () => {
    const at = this.here()
    const unit = this.OR<ast.WindowFrame['unit']>([
      { ALT: () => this.take(K.RANGE, 'RANGE') },
      { ALT: () => this.take(K.ROWS, 'ROWS') },
      { ALT: () => this.take(K.GROUPS, 'GROUPS') },
    ])
    let end: ast.FrameBound | undefined
    const start = this.OR2<ast.FrameBound>([
      {
        ALT: () => {
          this.CONSUME(K.BETWEEN)
          const from = this.SUBRULE(this.frameBound)
          this.CONSUME(K.AND)
          end = this.SUBRULE2(this.frameBound)
          return from
        },
      },
      { ALT: () => this.SUBRULE3(this.frameBound) },
    ])
    return this.node(at, (span) => ({ kind: 'WindowFrame', unit, start, ...(end && { end }), span }))
  })

  readonly frameBound: Rule<ast.FrameBound> = this.rule('frameBound', () => {
    const start = this.here()
    return this.OR<ast.FrameBound>({
      DEF: [
        {
          GATE: () => this.ahead(K.UNBOUNDED, K.PRECEDING) || this.ahead(K.UNBOUNDED, K.FOLLOWING),
          ALT: () => {
            this.CONSUME(K.UNBOUNDED)
            const direction = this.SUBRULE(this.direction)
            return this.node(start, (span) => ({ kind: 'FrameBound', type: `UNBOUNDED ${direction}`, span }))
          },
        },
        {
          GATE: () => this.ahead(K.CURRENT, K.ROW),
          ALT: () => {
            this.CONSUME(K.CURRENT)
            this.CONSUME(K.ROW)
            return this.node(start, (span) => ({ kind: 'FrameBound', type: 'CURRENT ROW', span }))
          },
        },
        {
          ALT: () => {
            const value = this.SUBRULE(this.expression)
            const type = this.SUBRULE2(this.direction)
            return this.node(start, (span) => ({ kind: 'FrameBound', type, value, span }))
          },
        },
      ],
      IGNORE_AMBIGUITIES: true,
    })
  })

  readonly direction: Rule<'PRECEDING' | 'FOLLOWING'> = this.rule('direction', () =>
    this.OR<'PRECEDING' | 'FOLLOWING'>([
      { ALT: () => this.take(K.PRECEDING, 'PRECEDING') },
      { ALT: () => this.take(K.FOLLOWING, 'FOLLOWING') },
    ]),
  )
}
