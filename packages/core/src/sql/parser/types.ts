import type { TokenType } from 'chevrotain'
import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import type { Rule } from './base.ts'
import { NameParser } from './names.ts'

/** YEAR to SECOND. */
export const fieldTokens: ReadonlySet<TokenType> = new Set([K.YEAR, K.MONTH, K.DAY, K.HOUR, K.MINUTE, K.SECOND])

/** What WITH and WITHOUT may announce after the type that a function of SQL/JSON returns. */
const jsonClauses: ReadonlySet<TokenType> = new Set([...[K.WRAPPER, K.ARRAY, K.CONDITIONAL, K.UNCONDITIONAL, K.UNIQUE]])

/** Types as CAST and others write them. */
export abstract class TypeParser extends NameParser {
  override readonly type: Rule<ast.TypeNode> = this.rule('type', () => {
    this.descend()
    const start = this.here()
    let type = this.SUBRULE(this.simpleType)
    // `bigint ARRAY`; a size after it is known and refused.
    this.MANY(() => {
      this.CONSUME(K.ARRAY)
      const sized = this.OPTION(() => {
        this.CONSUME(t.LBracket)
        this.CONSUME(t.IntegerToken)
        return this.CONSUME(t.RBracket)
      })
      const element = type
      type = this.node(start, (span) => {
        if (sized) this.refuse('NOT_SUPPORTED', 'Explicit array size not supported', span)
        return { kind: 'GenericType', name: 'array', arguments: [element], span }
      })
    })
    this.ascend()
    return type
  })

  readonly simpleType: Rule<ast.TypeNode> = this.rule('simpleType', () =>
    this.OR<ast.TypeNode>({
      ERR_MSG: '<type>',
      DEF: [
        { GATE: () => this.ahead(K.ROW, t.LParen), ALT: () => this.SUBRULE(this.rowType) },
        { GATE: () => this.isNext(2, fieldTokens), ALT: () => this.SUBRULE(this.intervalType) },
        { ALT: () => this.SUBRULE(this.dateTimeType) },
        { GATE: () => this.ahead(K.DOUBLE, K.PRECISION), ALT: () => this.SUBRULE(this.doublePrecision) },
        { GATE: () => this.isNext(2, new Set([t.Less])), ALT: () => this.SUBRULE(this.angledType) },
        { ALT: () => this.SUBRULE(this.genericType) },
      ],
      IGNORE_AMBIGUITIES: true,
    }),
  )

  readonly genericType: Rule<ast.TypeNode> = this.rule('genericType', () => {
    const start = this.here()
    const name = this.SUBRULE(this.name)
    const parameters: (ast.TypeNode | number)[] = []
    this.OPTION(() => {
      this.CONSUME(t.LParen)
      this.AT_LEAST_ONE_SEP({
        SEP: t.Comma,
        DEF: () =>
          this.OR<unknown>([
            {
              ALT: () => {
                const token = this.CONSUME(t.IntegerToken)
                this.ACTION(() => parameters.push(toNumber(token.image)))
              },
            },
            { ALT: () => parameters.push(this.SUBRULE(this.type)) },
          ]),
      })
      this.CONSUME(t.RParen)
    })
    return this.node(start, (span) => ({
      kind: 'GenericType',
      name: name.value.toLowerCase(),
      arguments: parameters,
      span,
    }))
  })

  /** `ARRAY<T>` and `MAP<K, V>`. */
  readonly angledType: Rule<ast.TypeNode> = this.rule('angledType', () => {
    const start = this.here()
    const parameters: ast.TypeNode[] = []
    const name = this.OR<'array' | 'map'>([
      {
        ALT: () => {
          this.CONSUME(K.ARRAY)
          this.CONSUME(t.Less)
          parameters.push(this.SUBRULE(this.type))
          return 'array'
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.MAP)
          this.CONSUME2(t.Less)
          parameters.push(this.SUBRULE2(this.type))
          this.CONSUME(t.Comma)
          parameters.push(this.SUBRULE3(this.type))
          return 'map'
        },
      },
    ])
    this.CONSUME(t.Greater)
    return this.node(start, (span) => ({ kind: 'GenericType', name, arguments: parameters, span }))
  })

  readonly doublePrecision: Rule<ast.TypeNode> = this.rule('doublePrecision', () => {
    const start = this.here()
    this.CONSUME(K.DOUBLE)
    this.CONSUME(K.PRECISION)
    return this.node(start, (span) => ({ kind: 'GenericType', name: 'double', arguments: [], span }))
  })

  readonly dateTimeType: Rule<ast.TypeNode> = this.rule('dateTimeType', () => {
    const start = this.here()
    const name = this.OR<'time' | 'timestamp'>([
      { ALT: () => this.take(K.TIME, 'time') },
      { ALT: () => this.take(K.TIMESTAMP, 'timestamp') },
    ])
    const precision = this.OPTION(() => this.SUBRULE(this.precision))
    const withTimeZone = this.OPTION2({
      GATE: () => !this.isNext(2, jsonClauses),
      DEF: () => {
        const stated = this.OR2([{ ALT: () => this.take(K.WITH, true) }, { ALT: () => this.take(K.WITHOUT, false) }])
        this.CONSUME2(K.TIME)
        this.CONSUME(K.ZONE)
        return stated
      },
    })
    return this.node(start, (span) => ({
      kind: 'DateTimeType',
      name,
      ...(precision !== undefined && { precision }),
      withTimeZone: withTimeZone ?? false,
      span,
    }))
  })

  /** `(3)`. */
  readonly precision: Rule<number> = this.rule('precision', () => {
    this.CONSUME(t.LParen)
    const token = this.CONSUME(t.IntegerToken)
    this.CONSUME(t.RParen)
    return this.ACTION(() => toNumber(token.image))
  })

  readonly intervalType: Rule<ast.TypeNode> = this.rule('intervalType', () => {
    const start = this.here()
    this.CONSUME(K.INTERVAL)
    const from = this.SUBRULE(this.intervalField)
    const to = this.OPTION(() => {
      this.CONSUME(K.TO)
      return this.SUBRULE2(this.intervalField)
    })
    return this.node(start, (span) => ({ kind: 'IntervalType', from, to: to ?? from, span }))
  })

  readonly intervalField: Rule<ast.IntervalField> = this.rule('intervalField', () =>
    this.OR<ast.IntervalField>([
      { ALT: () => this.take(K.YEAR, 'YEAR') },
      { ALT: () => this.take(K.MONTH, 'MONTH') },
      { ALT: () => this.take(K.DAY, 'DAY') },
      { ALT: () => this.take(K.HOUR, 'HOUR') },
      { ALT: () => this.take(K.MINUTE, 'MINUTE') },
      { ALT: () => this.take(K.SECOND, 'SECOND') },
    ]),
  )

  readonly rowType: Rule<ast.TypeNode> = this.rule('rowType', () => {
    const start = this.here()
    this.CONSUME(K.ROW)
    this.CONSUME(t.LParen)
    const fields: { name?: ast.Name; type: ast.TypeNode }[] = []
    this.AT_LEAST_ONE_SEP({
      SEP: t.Comma,
      DEF: () => {
        const name = this.OPTION({ GATE: () => this.namedField(), DEF: () => this.SUBRULE(this.name) })
        const type = this.SUBRULE(this.type)
        fields.push({ ...(name !== undefined && { name }), type })
      },
    })
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({ kind: 'RowType', fields, span }))
  })

  /** Whether a field of a row type starts with its name: a second word follows that is no part of a type's own name. */
  private namedField(): boolean {
    if (!this.ahead(t.AnyName, t.AnyName)) return false
    if (this.ahead(K.DOUBLE, K.PRECISION)) return this.ahead(K.DOUBLE, K.PRECISION, t.AnyName)
    if (this.ahead(K.INTERVAL) && this.isNext(2, fieldTokens)) return false
    if (this.ahead(K.TIME, K.WITHOUT) || this.ahead(K.TIMESTAMP, K.WITHOUT)) return false
    if (!this.ahead(t.AnyName, K.ARRAY)) return true
    return this.isNext(3, new Set([t.LParen, t.Less]))
  }
}

/** The value of an integer token. */
export function toInteger(image: string): bigint {
  return BigInt(image.replaceAll('_', '').toLowerCase())
}

function toNumber(image: string): number {
  return Number(toInteger(image))
}
