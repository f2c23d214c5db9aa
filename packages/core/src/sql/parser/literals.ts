import type { Span } from '../../errors/index.ts'
import { TraillakeError } from '../../errors/index.ts'
import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import type { Rule } from './base.ts'
import { decodeUnicode, unquote } from './strings.ts'
import { fieldTokens, TypeParser, toInteger } from './types.ts'

const minLong = -(2n ** 63n)
const maxLong = 2n ** 63n - 1n

/** Literals. */
export abstract class LiteralParser extends TypeParser {
  /** A number, with the minus before it. */
  readonly number: Rule<ast.LongLiteral | ast.DecimalLiteral | ast.DoubleLiteral> = this.rule('number', () => {
    const start = this.here()
    const minus = this.OPTION(() => this.CONSUME(t.Minus)) !== undefined
    return this.OR<ast.LongLiteral | ast.DecimalLiteral | ast.DoubleLiteral>([
      {
        ALT: () => {
          const token = this.CONSUME(t.IntegerToken)
          return this.node(start, (span) => this.toLong(token.image, minus, span))
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(t.DecimalToken)
          return this.node(start, (span) => ({ kind: 'DecimalLiteral', text: numberText(token.image, minus), span }))
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(t.DoubleToken)
          return this.node(start, (span) => ({ kind: 'DoubleLiteral', text: numberText(token.image, minus), span }))
        },
      },
    ])
  })

  protected toLong(image: string, minus: boolean, span: Span): ast.LongLiteral {
    const magnitude = toInteger(image)
    const value = minus ? -magnitude : magnitude
    if (value < minLong || value > maxLong) {
      this.refuse('SYNTAX_ERROR', `Invalid numeric literal: ${minus ? '-' : ''}${excerpt(image)}`, span)
    }
    return { kind: 'LongLiteral', value, span }
  }

  readonly string: Rule<ast.StringLiteral> = this.rule('string', () => {
    const start = this.here()
    return this.OR<ast.StringLiteral>([
      {
        ALT: () => {
          const token = this.CONSUME(t.StringToken)
          return this.node(start, (span) => ({ kind: 'StringLiteral', value: unquote(token.image), span }))
        },
      },
      {
        ALT: () => {
          const token = this.CONSUME(t.UnicodeString)
          const mark = this.OPTION(() => {
            this.CONSUME(K.UESCAPE)
            return this.CONSUME2(t.StringToken)
          })
          return this.node(start, (span) => ({
            kind: 'StringLiteral',
            value: this.orRefuse('', span, () => decodeUnicode(token.image, mark?.image)),
            span,
          }))
        },
      },
    ])
  })

  readonly binary: Rule<ast.BinaryLiteral> = this.rule('binary', () => {
    const start = this.here()
    const token = this.CONSUME(t.BinaryToken)
    return this.node(start, (span) => {
      const hex = token.image
        .slice(2, -1)
        .replace(/[ \t\r\n]/g, '')
        .toLowerCase()
      if (!/^[0-9a-f]*$/.test(hex)) {
        this.refuse('SYNTAX_ERROR', 'Binary literal can only contain hexadecimal digits', span)
      } else if (hex.length % 2 === 1) {
        this.refuse('SYNTAX_ERROR', 'Binary literal must contain an even number of digits', span)
      }
      return { kind: 'BinaryLiteral', hex, span }
    })
  })

  readonly intervalLiteral: Rule<ast.IntervalLiteral> = this.rule('intervalLiteral', () => {
    const start = this.here()
    this.CONSUME(K.INTERVAL)
    const sign = this.OPTION(() => this.CONSUME(t.Sign))
    const string = this.SUBRULE(this.string)
    const from = this.SUBRULE(this.intervalField)
    const to = this.OPTION2({
      // TO may also be the alias.
      GATE: () => this.isNext(2, fieldTokens),
      DEF: () => {
        this.CONSUME(K.TO)
        return this.SUBRULE2(this.intervalField)
      },
    })
    return this.node(start, (span) => ({
      kind: 'IntervalLiteral',
      sign: sign?.image === '-' ? -1 : 1,
      value: string.value,
      from,
      ...(to !== undefined && { to }),
      span,
    }))
  })

  /** `DATE '2024-05-01'`: a type's name before a string. */
  readonly typedLiteral: Rule<ast.GenericLiteral> = this.rule('typedLiteral', () => {
    const start = this.here()
    const type = this.OR<string>([
      {
        GATE: () => this.ahead(K.DOUBLE, K.PRECISION),
        ALT: () => {
          this.CONSUME(K.DOUBLE)
          this.CONSUME(K.PRECISION)
          return 'double'
        },
      },
      {
        ALT: () => {
          const name = this.SUBRULE(this.name)
          return this.ACTION(() => name.value.toLowerCase())
        },
      },
    ])
    const string = this.SUBRULE(this.string)
    return this.node(start, (span) => {
      if (type === 'x') {
        const message = "Spaces are not allowed between 'X' and the starting quote of a binary literal"
        this.refuse('SYNTAX_ERROR', message, span)
      }
      return { kind: 'GenericLiteral', type, value: string.value, span }
    })
  })

  /** Runs a decoder; what it throws is remembered as a refusal, and `otherwise` stands in. */
  private orRefuse<T>(otherwise: T, span: Span, decode: () => T): T {
    try {
      return decode()
    } catch (error) {
      if (!(error instanceof TraillakeError)) throw error
      this.refuse('SYNTAX_ERROR', error.reason, span)
      return otherwise
    }
  }
}

function numberText(image: string, minus: boolean): string {
  return (minus ? '-' : '') + image.replaceAll('_', '')
}

const EXCERPT = 100

function excerpt(digits: string): string {
  return digits.length <= EXCERPT ? digits : `${digits.slice(0, EXCERPT)}… (${digits.length} digits)`
}
