import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import type { Rule } from './base.ts'
import { CallParser } from './calls.ts'
import { level } from './levels.ts'
import { toName } from './names.ts'
import { fieldTokens } from './types.ts'

/** What a name at the start of an expression turns out to be. */
type NameShape = 'interval' | 'literal' | 'lambda' | 'array' | 'row' | 'tryCast' | 'position' | 'call' | 'identifier'

/** Expressions that hold together without brackets. */
export abstract class PrimaryParser extends CallParser {
  readonly primary: Rule<ast.Expression> = this.rule('primary', () => {
    const start = this.here()
    let left = this.OR2<ast.Expression>({
      ERR_MSG: '<expression>',
      DEF: [
        { ALT: () => this.SUBRULE(this.named) },
        { ALT: () => this.SUBRULE(this.string) },
        { ALT: () => this.SUBRULE(this.number) },
        { ALT: () => this.SUBRULE(this.bracketed) },
        { ALT: () => this.SUBRULE(this.binary) },
        {
          ALT: () => {
            const token = this.CONSUME(t.StoreName)
            return this.ACTION(() => toIdentifier(toName(token as t.Token)))
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.NULL)
            return this.node(start, (span) => ({ kind: 'NullLiteral', span }))
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.TRUE)
            return this.node(start, (span) => ({ kind: 'BooleanLiteral', value: true, span }))
          },
        },
        {
          ALT: () => {
            this.CONSUME(K.FALSE)
            return this.node(start, (span) => ({ kind: 'BooleanLiteral', value: false, span }))
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.Question)
            return this.node(start, (span) => ({ kind: 'Parameter', index: this.nextParameter(), span }))
          },
        },
        { ALT: () => this.SUBRULE(this.bracketArray) },
        { ALT: () => this.SUBRULE(this.caseExpression) },
        { ALT: () => this.SUBRULE(this.cast) },
        { ALT: () => this.SUBRULE(this.exists) },
        { ALT: () => this.SUBRULE(this.special) },
      ],
    })
    this.MANY({
      // `t.*` is for the SELECT list.
      GATE: () => !this.ahead(t.Dot, t.Asterisk),
      DEF: () =>
        this.OR([
          {
            ALT: () => {
              this.CONSUME(t.Dot)
              const field = this.SUBRULE(this.name)
              left = this.node(start, (span) => ({ kind: 'Dereference', base: left, field, span }))
            },
          },
          {
            ALT: () => {
              this.CONSUME(t.LBracket)
              const index = this.SUBRULE(this.expression, { ARGS: [level.concat] })
              this.CONSUME(t.RBracket)
              left = this.node(start, (span) => ({ kind: 'Subscript', base: left, index, span }))
            },
          },
        ]),
    })
    return left
  })

  /** `(query)`, `(x)`, `(x, y)`, `(x, y) -> …`. */
  readonly bracketed: Rule<ast.Expression> = this.rule('bracketed', () => {
    const start = this.here()
    const group = this.next().group
    return this.OR<ast.Expression>({
      DEF: [
        { GATE: () => group?.next === t.Arrow || this.ahead(t.LParen, t.RParen), ALT: () => this.SUBRULE(this.lambda) },
        {
          GATE: () => !!group?.query,
          ALT: () => {
            this.CONSUME(t.LParen)
            const query = this.SUBRULE(this.query)
            this.CONSUME(t.RParen)
            return this.node(start, (span) => ({ kind: 'Subquery', query, span }))
          },
        },
        {
          ALT: () => {
            this.CONSUME2(t.LParen)
            const items = this.list(() => this.SUBRULE(this.expression))
            this.CONSUME2(t.RParen)
            return this.node(start, (span) =>
              items.length === 1
                ? { kind: 'Parenthesized', expression: items[0]!, span }
                : { kind: 'Row', items, span },
            )
          },
        },
      ],
      IGNORE_AMBIGUITIES: true,
    })
  })

  /** Everything that starts with a name. */
  readonly named: Rule<ast.Expression> = this.rule('named', () => {
    const shape = this.nameShape()
    return this.OR<ast.Expression>({
      DEF: [
        {
          GATE: () => shape === 'identifier',
          ALT: () => {
            const name = this.SUBRULE(this.name)
            return this.ACTION(() => toIdentifier(name))
          },
        },
        { GATE: () => shape === 'call', ALT: () => this.SUBRULE(this.call) },
        { GATE: () => shape === 'literal', ALT: () => this.SUBRULE(this.typedLiteral) },
        { GATE: () => shape === 'interval', ALT: () => this.SUBRULE(this.intervalLiteral) },
        { GATE: () => shape === 'lambda', ALT: () => this.SUBRULE(this.plainLambda) },
        { GATE: () => shape === 'array', ALT: () => this.SUBRULE(this.arrayConstructor) },
        { GATE: () => shape === 'row', ALT: () => this.SUBRULE(this.rowConstructor) },
        { GATE: () => shape === 'tryCast', ALT: () => this.SUBRULE(this.tryCast) },
        { GATE: () => shape === 'position', ALT: () => this.SUBRULE(this.position) },
      ],
      IGNORE_AMBIGUITIES: true,
    })
  })

  private nameShape(): NameShape {
    const second = this.LA(2).tokenType
    if (second === t.LParen) {
      if (this.ahead(K.ROW)) return this.LA(3).tokenType === t.RParen ? 'call' : 'row'
      if (this.ahead(K.TRY_CAST)) return 'tryCast'
      return this.ahead(K.POSITION) ? 'position' : 'call'
    }
    if (second === t.Arrow) return 'lambda'
    if (this.ahead(K.ARRAY, t.LBracket)) return 'array'
    if (this.intervalAhead()) return 'interval'
    if (t.isA(second, t.AnyString) || this.ahead(K.DOUBLE, K.PRECISION, t.AnyString)) return 'literal'
    for (let i = 2; this.LA(i).tokenType === t.Dot; i += 2) {
      if (!t.isA(this.LA(i + 1).tokenType, t.AnyName)) break
      if (this.LA(i + 2).tokenType === t.LParen) return 'call'
    }
    return 'identifier'
  }

  private intervalAhead(): boolean {
    if (!this.ahead(K.INTERVAL)) return false
    const at = this.ahead(K.INTERVAL, t.Sign) ? 3 : 2
    const string = this.LA(at).tokenType
    if (string === t.StringToken) return at === 3 || this.isNext(at + 1, fieldTokens)
    return string === t.UnicodeString
  }

  /** `x -> …`. */
  readonly plainLambda: Rule<ast.Expression> = this.rule('plainLambda', () => {
    const start = this.here()
    const parameter = this.SUBRULE(this.name)
    this.CONSUME(t.Arrow)
    const body = this.SUBRULE(this.expression)
    return this.node(start, (span) => ({ kind: 'Lambda', parameters: [parameter], body, span }))
  })

  /** `(x, y) -> …`. */
  readonly lambda: Rule<ast.Expression> = this.rule('lambda', () => {
    const start = this.here()
    const parameters: ast.Name[] = []
    this.CONSUME(t.LParen)
    this.MANY_SEP({ SEP: t.Comma, DEF: () => parameters.push(this.SUBRULE(this.name)) })
    this.CONSUME(t.RParen)
    this.CONSUME(t.Arrow)
    const body = this.SUBRULE(this.expression)
    return this.node(start, (span) => ({ kind: 'Lambda', parameters, body, span }))
  })

  readonly arrayConstructor: Rule<ast.Expression> = this.rule('arrayConstructor', () => {
    const start = this.here()
    this.CONSUME(K.ARRAY)
    const array = this.SUBRULE(this.bracketArray)
    return this.node(start, (span) => ({ ...array, span }))
  })

  readonly bracketArray: Rule<ast.Expression> = this.rule('bracketArray', () => {
    const start = this.here()
    const items: ast.Expression[] = []
    this.CONSUME(t.LBracket)
    this.MANY_SEP({ SEP: t.Comma, DEF: () => items.push(this.SUBRULE(this.expression)) })
    this.CONSUME(t.RBracket)
    return this.node(start, (span) => ({ kind: 'ArrayConstructor', items, span }))
  })

  readonly rowConstructor: Rule<ast.Expression> = this.rule('rowConstructor', () => {
    const start = this.here()
    this.CONSUME(K.ROW)
    this.CONSUME(t.LParen)
    const items = this.list(() => this.SUBRULE(this.expression))
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({ kind: 'Row', items, span }))
  })

  readonly caseExpression: Rule<ast.Expression> = this.rule('caseExpression', () => {
    const start = this.here()
    this.CONSUME(K.CASE)
    const operand = this.OPTION({ GATE: () => !this.ahead(K.WHEN), DEF: () => this.SUBRULE(this.expression) })
    const whens: ast.WhenClause[] = []
    this.AT_LEAST_ONE({ ERR_MSG: "'WHEN'", DEF: () => whens.push(this.SUBRULE(this.whenClause)) })
    const otherwise = this.OPTION2(() => {
      this.CONSUME(K.ELSE)
      return this.SUBRULE2(this.expression)
    })
    this.CONSUME(K.END)
    return this.node(start, (span) => {
      const rest = { whens, ...(otherwise !== undefined && { otherwise }), span }
      return operand === undefined ? { kind: 'SearchedCase', ...rest } : { kind: 'SimpleCase', operand, ...rest }
    })
  })

  readonly whenClause: Rule<ast.WhenClause> = this.rule('whenClause', () => {
    const start = this.here()
    this.CONSUME(K.WHEN)
    const operand = this.SUBRULE(this.expression)
    this.CONSUME(K.THEN)
    const result = this.SUBRULE2(this.expression)
    return this.node(start, (span) => ({ kind: 'WhenClause', operand, result, span }))
  })

  readonly cast: Rule<ast.Expression> = this.rule('cast', () => {
    const start = this.here()
    this.CONSUME(K.CAST)
    const { value, type } = this.SUBRULE(this.castBody)
    return this.node(start, (span) => ({ kind: 'Cast', safe: false, value, type, span }))
  })

  readonly tryCast: Rule<ast.Expression> = this.rule('tryCast', () => {
    const start = this.here()
    this.CONSUME(K.TRY_CAST)
    const { value, type } = this.SUBRULE(this.castBody)
    return this.node(start, (span) => ({ kind: 'Cast', safe: true, value, type, span }))
  })

  readonly castBody: Rule<Pick<ast.Cast, 'value' | 'type'>> = this.rule('castBody', () => {
    this.CONSUME(t.LParen)
    const value = this.SUBRULE(this.expression)
    this.CONSUME(K.AS)
    const type = this.SUBRULE(this.type)
    this.CONSUME(t.RParen)
    return { value, type }
  })

  readonly exists: Rule<ast.Expression> = this.rule('exists', () => {
    const start = this.here()
    this.CONSUME(K.EXISTS)
    this.CONSUME(t.LParen)
    const query = this.SUBRULE(this.query)
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({ kind: 'Exists', query, span }))
  })
}

function toIdentifier({ value, quoted, span }: ast.Name): ast.Identifier {
  return { kind: 'Identifier', value, quoted, span }
}
