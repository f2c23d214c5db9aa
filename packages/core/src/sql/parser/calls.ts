import type { TokenType } from 'chevrotain'
import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import { type Rule, spanOf } from './base.ts'
import { JsonParser } from './json.ts'
import { level } from './levels.ts'

/** What may follow the brackets of a call. */
export type CallTail = Pick<ast.FunctionCall, 'filter' | 'nulls' | 'over'>

type TrimOperands = Pick<ast.Trim, 'value' | 'characters'>

const extractFields = [
  ...['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'DAY_OF_MONTH', 'DAY_OF_WEEK', 'DOW', 'DAY_OF_YEAR', 'DOY'],
  ...['YEAR_OF_WEEK', 'YOW', 'HOUR', 'MINUTE', 'SECOND', 'TIMEZONE_MINUTE', 'TIMEZONE_HOUR'],
]

const trimSides: ReadonlySet<TokenType> = new Set([K.LEADING, K.TRAILING, K.BOTH])
const afterOperand: ReadonlySet<TokenType> = new Set([
  ...[t.Comma, t.RParen, t.Dot, t.LBracket, t.Concat, t.Plus, t.Asterisk, t.Slash, t.Percent],
])

/** Calls, and the functions that have a grammar of their own. */
export abstract class CallParser extends JsonParser {
  readonly call: Rule<ast.FunctionCall> = this.rule('call', () => {
    const start = this.here()
    const name = this.SUBRULE(this.qualifiedName)
    const parameters: ast.Expression[] = []
    let distinct = false
    this.CONSUME(t.LParen)
    const star = this.OPTION(() => this.CONSUME(t.Asterisk)) !== undefined
    this.OPTION2({
      GATE: () => !star,
      DEF: () => {
        distinct =
          this.OPTION3({
            GATE: () => this.quantifierAhead(),
            DEF: () => this.SUBRULE(this.quantifier),
          }) === 'DISTINCT'
        parameters.push(this.SUBRULE(this.expression))
        // SUBSTRING(x FROM n FOR m) is substring(x, n, m).
        const from = this.OPTION4({
          GATE: () => this.isSubstring(name),
          DEF: () => {
            this.CONSUME(K.FROM)
            parameters.push(this.SUBRULE2(this.expression, { ARGS: [level.concat] }))
            this.OPTION6(() => {
              this.CONSUME(K.FOR)
              parameters.push(this.SUBRULE3(this.expression, { ARGS: [level.concat] }))
            })
            return true
          },
        })
        this.MANY({
          GATE: () => from === undefined,
          DEF: () => {
            this.CONSUME(t.Comma)
            parameters.push(this.SUBRULE4(this.expression))
          },
        })
      },
    })
    const orderBy = this.OPTION5({ GATE: () => !star, DEF: () => this.SUBRULE(this.orderBy) })
    this.CONSUME(t.RParen)
    const tail = this.SUBRULE(this.callTail)
    return this.node(
      start,
      (span) =>
        ({
          ...{ kind: 'FunctionCall', name, distinct, star, arguments: parameters },
          ...{ orderBy: orderBy ?? [], ...tail, span },
        }) as ast.FunctionCall,
    )
  })

  private isSubstring(name: ast.QualifiedName): boolean {
    const [first, second] = name.parts
    return second === undefined && !first!.quoted && first!.value.toUpperCase() === 'SUBSTRING'
  }

  readonly quantifier: Rule<'ALL' | 'DISTINCT'> = this.rule('quantifier', () =>
    this.OR<'ALL' | 'DISTINCT'>([
      { ALT: () => this.take(K.ALL, 'ALL') },
      { ALT: () => this.take(K.DISTINCT, 'DISTINCT') },
    ]),
  )

  readonly orderBy: Rule<ast.SortItem[]> = this.rule('orderBy', () => {
    this.CONSUME(K.ORDER)
    this.CONSUME(K.BY)
    return this.SUBRULE(this.sortItems)
  })

  readonly callTail: Rule<CallTail> = this.rule('callTail', () => {
    const filter = this.OPTION({
      GATE: () => this.ahead(K.FILTER, t.LParen),
      DEF: () => {
        this.CONSUME(K.FILTER)
        this.CONSUME(t.LParen)
        this.CONSUME(K.WHERE)
        const condition = this.SUBRULE(this.expression)
        this.CONSUME(t.RParen)
        return condition
      },
    })
    const nulls = this.OPTION2({
      GATE: () => this.LA(2).tokenType === K.NULLS,
      DEF: () => {
        const treatment = this.OR<'IGNORE' | 'RESPECT'>([
          { ALT: () => this.take(K.IGNORE, 'IGNORE') },
          { ALT: () => this.take(K.RESPECT, 'RESPECT') },
        ])
        this.CONSUME(K.NULLS)
        return treatment
      },
    })
    const over = this.OPTION3({
      GATE: () => this.ahead(K.OVER, t.LParen) || this.ahead(K.OVER, t.AnyName),
      DEF: () => {
        this.CONSUME(K.OVER)
        return this.OR2<ast.Name | ast.Window>([
          { ALT: () => this.SUBRULE(this.name) },
          { ALT: () => this.SUBRULE(this.window) },
        ])
      },
    })
    return this.ACTION(() => ({
      ...(filter !== undefined && { filter }),
      ...(nulls !== undefined && { nulls }),
      ...(over !== undefined && { over }),
    }))
  })

  /** Functions whose reserved names announce a grammar of their own. */
  readonly special: Rule<ast.Expression> = this.rule('special', () =>
    this.OR<ast.Expression>([
      { ALT: () => this.SUBRULE(this.extract) },
      { ALT: () => this.SUBRULE(this.trim) },
      { ALT: () => this.SUBRULE(this.normalize) },
      { ALT: () => this.SUBRULE(this.listagg) },
      { ALT: () => this.SUBRULE(this.grouping) },
      { ALT: () => this.SUBRULE(this.currentTime) },
      { ALT: () => this.SUBRULE(this.currentValue) },
      { ALT: () => this.SUBRULE(this.jsonFunction) },
    ]),
  )

  readonly extract: Rule<ast.Expression> = this.rule('extract', () => {
    const start = this.here()
    this.CONSUME(K.EXTRACT)
    this.CONSUME(t.LParen)
    const field = this.SUBRULE(this.name)
    this.CONSUME(K.FROM)
    const value = this.SUBRULE(this.expression, { ARGS: [level.concat] })
    this.CONSUME(t.RParen)
    return this.node(start, (span) => {
      const upper = field.value.toUpperCase()
      if (!extractFields.includes(upper)) {
        const known = extractFields.join(', ')
        this.refuse('SYNTAX_ERROR', `Invalid EXTRACT field ${field.value}, valid fields are: ${known}`, span)
      }
      return { kind: 'Extract', field: upper, value, span }
    })
  })

  readonly trim: Rule<ast.Expression> = this.rule('trim', () => {
    const start = this.here()
    this.CONSUME(K.TRIM)
    this.CONSUME(t.LParen)
    const side = this.OPTION({
      GATE: () => this.isNext(1, trimSides) && !this.isNext(2, afterOperand),
      DEF: () =>
        this.OR<ast.Trim['side']>([
          { ALT: () => this.take(K.LEADING, 'LEADING') },
          { ALT: () => this.take(K.TRAILING, 'TRAILING') },
          { ALT: () => this.take(K.BOTH, 'BOTH') },
        ]),
    })
    const bare = this.ahead(K.FROM)
    const operands = this.SUBRULE(this.trimOperands, { ARGS: [side !== undefined] })
    this.CONSUME(t.RParen)
    return this.node(start, (span) => {
      if (bare && side === undefined) {
        const message = "The 'trim' function must have specification, char or both arguments when it takes FROM"
        this.refuse('SYNTAX_ERROR', message, span)
      }
      return { kind: 'Trim', side: side ?? 'BOTH', ...operands, span }
    })
  })

  /** `FROM x`, `characters FROM x`, and without a side also `x` and `x, characters`. */
  readonly trimOperands: Rule<TrimOperands, [sided: boolean]> = this.rule('trimOperands', (sided: boolean) =>
    this.OR<TrimOperands>([
      {
        ALT: () => {
          this.CONSUME2(K.FROM)
          return { value: this.SUBRULE(this.expression, { ARGS: [level.concat] }) }
        },
      },
      {
        ALT: () => {
          const first = this.SUBRULE2(this.expression, { ARGS: [level.concat] })
          this.ACTION(() => {
            if (sided && !this.ahead(K.FROM)) this.mismatch(this.next(), "'FROM'")
          })
          let operands: TrimOperands = { value: first }
          this.OPTION(() => {
            const separator = this.OR2([
              { ALT: () => this.take(K.FROM, 'FROM') },
              { ALT: () => this.take(t.Comma, ',') },
            ])
            const second = this.SUBRULE3(this.expression, { ARGS: [level.concat] })
            operands =
              separator === 'FROM' ? { value: second, characters: first } : { value: first, characters: second }
          })
          return operands
        },
      },
    ]),
  )

  /** POSITION(a IN b), which is strpos(b, a). */
  readonly position: Rule<ast.Expression> = this.rule('position', () => {
    const start = this.here()
    const token = this.CONSUME(K.POSITION)
    this.CONSUME(t.LParen)
    const part = this.SUBRULE(this.expression, { ARGS: [level.concat] })
    this.CONSUME(K.IN)
    const whole = this.SUBRULE2(this.expression, { ARGS: [level.concat] })
    this.CONSUME(t.RParen)
    return this.node(start, (span) => callOf('strpos', token as t.Token, [whole, part], span))
  })

  readonly normalize: Rule<ast.Expression> = this.rule('normalize', () => {
    const start = this.here()
    const token = this.CONSUME(K.NORMALIZE)
    const parameters: ast.Expression[] = []
    this.CONSUME(t.LParen)
    parameters.push(this.SUBRULE(this.expression, { ARGS: [level.concat] }))
    this.OPTION(() => {
      this.CONSUME(t.Comma)
      const formStart = this.here()
      const form = this.OR([
        { ALT: () => this.CONSUME(K.NFC) },
        { ALT: () => this.CONSUME(K.NFD) },
        { ALT: () => this.CONSUME(K.NFKC) },
        { ALT: () => this.CONSUME(K.NFKD) },
      ])
      const literal = this.node(formStart, (span) => ({
        ...{ kind: 'StringLiteral' as const, value: form.tokenType.name, span },
      }))
      parameters.push(literal)
    })
    this.CONSUME(t.RParen)
    return this.node(start, (span) => callOf(token.image, token as t.Token, parameters, span))
  })

  readonly listagg: Rule<ast.Expression> = this.rule('listagg', () => {
    const start = this.here()
    const token = this.CONSUME(K.LISTAGG)
    this.CONSUME(t.LParen)
    const quantifier = this.OPTION({ GATE: () => this.quantifierAhead(), DEF: () => this.SUBRULE(this.quantifier) })
    const parameters = [this.SUBRULE(this.expression)]
    this.OPTION2(() => {
      this.CONSUME(t.Comma)
      parameters.push(this.SUBRULE(this.string))
    })
    const overflow = this.OPTION3(() => {
      this.CONSUME(K.ON)
      this.CONSUME(K.OVERFLOW)
      return this.SUBRULE(this.overflow)
    })
    this.CONSUME(t.RParen)
    this.CONSUME(K.WITHIN)
    this.CONSUME(K.GROUP)
    this.CONSUME2(t.LParen)
    const orderBy = this.SUBRULE(this.orderBy)
    this.CONSUME2(t.RParen)
    const tail = this.SUBRULE(this.callTail)
    return this.node(start, (span) => ({
      ...callOf(token.image, token as t.Token, parameters, span),
      distinct: quantifier === 'DISTINCT',
      orderBy,
      ...tail,
      ...(overflow && { overflow }),
    }))
  })

  /** What LISTAGG does with too long a result; nothing for ERROR, the default. */
  readonly overflow: Rule<ast.FunctionCall['overflow']> = this.rule('overflow', () =>
    this.OR<ast.FunctionCall['overflow']>([
      { ALT: () => this.take(K.ERROR, undefined) },
      {
        ALT: () => {
          this.CONSUME(K.TRUNCATE)
          const filler = this.OPTION(() => this.SUBRULE(this.string))
          const withCount = this.OR2<boolean>([
            { ALT: () => this.take(K.WITH, true) },
            { ALT: () => this.take(K.WITHOUT, false) },
          ])
          this.CONSUME(K.COUNT)
          return this.ACTION(() => ({ ...(filler && { filler: filler.value }), withCount }))
        },
      },
    ]),
  )

  readonly grouping: Rule<ast.Expression> = this.rule('grouping', () => {
    const start = this.here()
    const columns: ast.Expression[] = []
    this.CONSUME(K.GROUPING)
    this.CONSUME(t.LParen)
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const name = this.SUBRULE(this.qualifiedName)
        this.ACTION(() => columns.push(toReference(name)))
      },
    })
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({ kind: 'Grouping', arguments: columns, span }))
  })

  readonly currentTime: Rule<ast.Expression> = this.rule('currentTime', () => {
    const start = this.here()
    const name = this.OR<ast.CurrentValue['name']>([
      { ALT: () => this.take(K.CURRENT_TIME, 'TIME') },
      { ALT: () => this.take(K.CURRENT_TIMESTAMP, 'TIMESTAMP') },
      { ALT: () => this.take(K.LOCALTIME, 'LOCALTIME') },
      { ALT: () => this.take(K.LOCALTIMESTAMP, 'LOCALTIMESTAMP') },
    ])
    const precision = this.OPTION(() => this.SUBRULE(this.precision))
    return this.node(start, (span) => ({
      ...{ kind: 'CurrentValue' as const, name },
      ...(precision !== undefined && { precision }),
      span,
    }))
  })

  readonly currentValue: Rule<ast.Expression> = this.rule('currentValue', () => {
    const start = this.here()
    const name = this.OR<ast.CurrentValue['name']>([
      { ALT: () => this.take(K.CURRENT_DATE, 'DATE') },
      { ALT: () => this.take(K.CURRENT_USER, 'USER') },
      { ALT: () => this.take(K.CURRENT_CATALOG, 'CATALOG') },
      { ALT: () => this.take(K.CURRENT_SCHEMA, 'SCHEMA') },
      { ALT: () => this.take(K.CURRENT_PATH, 'PATH') },
    ])
    return this.node(start, (span) => ({ kind: 'CurrentValue', name, span }))
  })
}

/** A plain call whose name is a keyword. */
function callOf(
  value: string,
  token: t.Token,
  parameters: readonly ast.Expression[],
  span: ast.Located['span'],
): ast.FunctionCall {
  const at = spanOf(token)
  const name: ast.QualifiedName = {
    kind: 'QualifiedName',
    parts: [{ kind: 'Name', value, quoted: false, span: at }],
    span: at,
  }
  return { kind: 'FunctionCall', name, distinct: false, star: false, arguments: parameters, orderBy: [], span }
}

/** A column named `a.b.c`, as an expression. */
function toReference({ parts }: ast.QualifiedName): ast.Expression {
  const [first, ...fields] = parts as [ast.Name, ...ast.Name[]]
  const { value, quoted, span } = first
  return fields.reduce<ast.Expression>(
    (base, field) => ({
      kind: 'Dereference',
      base,
      field,
      span: { start: span.start, end: field.span.end },
    }),
    { kind: 'Identifier', value, quoted, span },
  )
}
