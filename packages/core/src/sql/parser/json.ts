import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K } from '../tokens.ts'
import type { Rule } from './base.ts'
import { LiteralParser } from './literals.ts'

interface Operand {
  readonly value: ast.Expression
  readonly formatJson: boolean
}

interface PathCall {
  readonly input: Operand
  readonly path: string
  readonly passing: NonNullable<ast.JsonFunction['passing']>
}

/** SQL/JSON: JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT, JSON_ARRAY. */
export abstract class JsonParser extends LiteralParser {
  readonly jsonFunction: Rule<ast.Expression> = this.rule('jsonFunction', () => {
    // Counted besides the expression that it is: it takes as many rules again to get to the next one.
    this.descend()
    const call = this.OR<ast.JsonFunction>([
      { ALT: () => this.SUBRULE(this.jsonExists) },
      { ALT: () => this.SUBRULE(this.jsonValue) },
      { ALT: () => this.SUBRULE(this.jsonQuery) },
      { ALT: () => this.SUBRULE(this.jsonObject) },
      { ALT: () => this.SUBRULE(this.jsonArray) },
    ])
    this.ascend()
    return call
  })

  readonly jsonExists: Rule<ast.JsonFunction> = this.rule('jsonExists', () => {
    const start = this.here()
    this.CONSUME(K.JSON_EXISTS)
    this.CONSUME(t.LParen)
    const call = this.SUBRULE(this.jsonPathCall)
    const onError = this.OPTION(() => {
      const kind = this.OR<'TRUE' | 'FALSE' | 'UNKNOWN' | 'ERROR'>([
        { ALT: () => this.take(K.TRUE, 'TRUE') },
        { ALT: () => this.take(K.FALSE, 'FALSE') },
        { ALT: () => this.take(K.UNKNOWN, 'UNKNOWN') },
        { ALT: () => this.take(K.ERROR, 'ERROR') },
      ])
      this.CONSUME(K.ON)
      this.CONSUME2(K.ERROR)
      return { kind }
    })
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({
      ...{ kind: 'JsonFunction' as const, name: 'JSON_EXISTS' as const, ...pathMembers(call) },
      ...(onError && { onError }),
      span,
    }))
  })

  readonly jsonValue: Rule<ast.JsonFunction> = this.rule('jsonValue', () => {
    const start = this.here()
    this.CONSUME(K.JSON_VALUE)
    this.CONSUME(t.LParen)
    const call = this.SUBRULE(this.jsonPathCall)
    const returning = this.OPTION(() => {
      this.CONSUME(K.RETURNING)
      return this.SUBRULE(this.type)
    })
    const behaviors = this.SUBRULE(this.jsonBehaviors)
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({
      ...{ kind: 'JsonFunction' as const, name: 'JSON_VALUE' as const, ...pathMembers(call) },
      ...(returning && { returning }),
      ...behaviors,
      span,
    }))
  })

  readonly jsonQuery: Rule<ast.JsonFunction> = this.rule('jsonQuery', () => {
    const start = this.here()
    this.CONSUME(K.JSON_QUERY)
    this.CONSUME(t.LParen)
    const call = this.SUBRULE(this.jsonPathCall)
    const returning = this.OPTION(() => this.SUBRULE(this.returning))
    const wrapper = this.OPTION2(() => this.SUBRULE(this.jsonWrapper))
    const quotes = this.OPTION3(() => {
      const kept = this.OR<'KEEP' | 'OMIT'>([
        { ALT: () => this.take(K.KEEP, 'KEEP') },
        { ALT: () => this.take(K.OMIT, 'OMIT') },
      ])
      this.CONSUME(K.QUOTES)
      this.OPTION4(() => {
        this.CONSUME(K.ON)
        this.CONSUME(K.SCALAR)
        this.CONSUME(K.STRING)
      })
      return kept
    })
    const behaviors = this.SUBRULE(this.jsonBehaviors)
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({
      ...{ kind: 'JsonFunction' as const, name: 'JSON_QUERY' as const, ...pathMembers(call) },
      ...(returning && { returning }),
      ...(wrapper && { wrapper }),
      ...(quotes && { quotes }),
      ...behaviors,
      span,
    }))
  })

  readonly jsonWrapper: Rule<'WITHOUT' | 'CONDITIONAL' | 'UNCONDITIONAL'> = this.rule('jsonWrapper', () => {
    const wrapper = this.OR<'WITHOUT' | 'CONDITIONAL' | 'UNCONDITIONAL'>([
      { ALT: () => this.take(K.WITHOUT, 'WITHOUT') },
      {
        ALT: () => {
          this.CONSUME(K.WITH)
          return (
            this.OPTION(() =>
              this.OR2<'CONDITIONAL' | 'UNCONDITIONAL'>([
                { ALT: () => this.take(K.CONDITIONAL, 'CONDITIONAL') },
                { ALT: () => this.take(K.UNCONDITIONAL, 'UNCONDITIONAL') },
              ]),
            ) ?? 'UNCONDITIONAL'
          )
        },
      },
    ])
    this.OPTION2(() => this.CONSUME(K.ARRAY))
    this.CONSUME(K.WRAPPER)
    return wrapper
  })

  /** `… ON EMPTY … ON ERROR`, each at most once, in this order. */
  readonly jsonBehaviors: Rule<Pick<ast.JsonFunction, 'onEmpty' | 'onError'>> = this.rule('jsonBehaviors', () => {
    let onEmpty: ast.JsonBehavior | undefined
    let onError: ast.JsonBehavior | undefined
    this.MANY({
      GATE: () => onError === undefined,
      DEF: () => {
        const behavior = this.SUBRULE(this.jsonBehavior)
        this.CONSUME(K.ON)
        this.OR([
          {
            GATE: () => onEmpty === undefined,
            ALT: () => {
              this.CONSUME(K.EMPTY)
              onEmpty = behavior
            },
          },
          {
            ALT: () => {
              this.CONSUME(K.ERROR)
              onError = behavior
            },
          },
        ])
      },
    })
    return this.ACTION(() => ({ ...(onEmpty && { onEmpty }), ...(onError && { onError }) }))
  })

  readonly jsonBehavior: Rule<ast.JsonBehavior> = this.rule('jsonBehavior', () =>
    this.OR<ast.JsonBehavior>([
      { ALT: () => this.take(K.NULL, { kind: 'NULL' }) },
      { ALT: () => this.take(K.ERROR, { kind: 'ERROR' }) },
      {
        ALT: () => {
          this.CONSUME(K.DEFAULT)
          const value = this.SUBRULE(this.expression)
          return { kind: 'DEFAULT', value }
        },
      },
      {
        ALT: () => {
          this.CONSUME(K.EMPTY)
          return this.OR2<ast.JsonBehavior>([
            { ALT: () => this.take(K.ARRAY, { kind: 'EMPTY ARRAY' }) },
            { ALT: () => this.take(K.OBJECT, { kind: 'EMPTY OBJECT' }) },
          ])
        },
      },
    ]),
  )

  readonly jsonPathCall: Rule<PathCall> = this.rule('jsonPathCall', () => {
    const input = this.SUBRULE(this.jsonOperand)
    this.CONSUME(t.Comma)
    const path = this.SUBRULE(this.string)
    this.ACTION(() => this.checkPathMode(path))
    const passing: { value: ast.Expression; name: ast.Name; formatJson: boolean }[] = []
    this.OPTION(() => {
      this.CONSUME(K.PASSING)
      this.AT_LEAST_ONE_SEP({
        SEP: t.Comma,
        DEF: () => {
          const operand = this.SUBRULE2(this.jsonOperand)
          this.CONSUME(K.AS)
          const name = this.SUBRULE(this.name)
          this.ACTION(() => passing.push({ ...operand, name }))
        },
      })
    })
    return this.ACTION(() => ({ input, path: path.value, passing }))
  })

  private checkPathMode(path: ast.StringLiteral): void {
    if (/^\s*(?:lax|strict)\b/i.test(path.value)) return
    // Inside the quotes.
    const start = path.span.start + 1
    const found = /^\s*(\S?)/.exec(path.value)![1]
    const span = { start, end: Math.min(start + 1, path.span.end) }
    const message = `missing {'lax', 'strict'} at '${found || '<EOF>'}'`
    this.refuse('SYNTAX_ERROR', message, span, `start the path with its mode: 'lax ${path.value}'`)
  }

  readonly jsonOperand: Rule<Operand> = this.rule('jsonOperand', () => {
    const value = this.SUBRULE(this.expression)
    const formatJson = this.OPTION(() => this.SUBRULE(this.formatJson)) === true
    return { value, formatJson }
  })

  readonly formatJson: Rule<true> = this.rule('formatJson', () => {
    const start = this.here()
    this.CONSUME(K.FORMAT)
    this.CONSUME(K.JSON)
    this.OPTION(() => {
      this.CONSUME(K.ENCODING)
      this.OR([
        { ALT: () => this.CONSUME(K.UTF8) },
        { ALT: () => this.CONSUME(K.UTF16) },
        { ALT: () => this.CONSUME(K.UTF32) },
      ])
      this.node(start, (span) => {
        this.refuse('NOT_SUPPORTED', 'FORMAT JSON ENCODING is not supported', span)
        return {}
      })
    })
    return true
  })

  /** `RETURNING type [FORMAT JSON]`; the format says nothing that is not so anyway. */
  readonly returning: Rule<ast.TypeNode> = this.rule('returning', () => {
    this.CONSUME(K.RETURNING)
    const type = this.SUBRULE(this.type)
    this.OPTION(() => this.SUBRULE(this.formatJson))
    return type
  })

  readonly jsonObject: Rule<ast.JsonFunction> = this.rule('jsonObject', () => {
    const start = this.here()
    const keys: ast.Expression[] = []
    const values: Operand[] = []
    let uniqueKeys: boolean | undefined
    this.CONSUME(K.JSON_OBJECT)
    this.CONSUME(t.LParen)
    this.OPTION6({
      GATE: () => !this.returningAhead(),
      DEF: () =>
        this.AT_LEAST_ONE_SEP({
          SEP: t.Comma,
          DEF: () => {
            this.OPTION({ GATE: () => this.keyWordAhead(), DEF: () => this.CONSUME(K.KEY) })
            keys.push(this.SUBRULE(this.expression))
            this.OR([{ ALT: () => this.CONSUME(K.VALUE) }, { ALT: () => this.CONSUME(t.Colon) }])
            values.push(this.SUBRULE(this.jsonOperand))
          },
        }),
    })
    const nullOnNull = this.OPTION2(() => this.SUBRULE(this.nullTreatment))
    this.OPTION3(() => {
      uniqueKeys = this.OR2<boolean>([
        { ALT: () => this.take(K.WITH, true) },
        { ALT: () => this.take(K.WITHOUT, false) },
      ])
      this.CONSUME(K.UNIQUE)
      this.OPTION4(() => this.CONSUME(K.KEYS))
    })
    const returning = this.OPTION5(() => this.SUBRULE(this.returning))
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({
      ...{ kind: 'JsonFunction' as const, name: 'JSON_OBJECT' as const, keys, ...operands(values) },
      ...(nullOnNull !== undefined && { nullOnNull }),
      ...(uniqueKeys !== undefined && { uniqueKeys }),
      ...(returning && { returning }),
      span,
    }))
  })

  readonly jsonArray: Rule<ast.JsonFunction> = this.rule('jsonArray', () => {
    const start = this.here()
    const values: Operand[] = []
    this.CONSUME(K.JSON_ARRAY)
    this.CONSUME(t.LParen)
    this.OPTION3({
      GATE: () => !this.returningAhead(),
      DEF: () => values.push(...this.list(() => this.SUBRULE(this.jsonOperand))),
    })
    const nullOnNull = this.OPTION(() => this.SUBRULE(this.nullTreatment))
    const returning = this.OPTION2(() => this.SUBRULE(this.returning))
    this.CONSUME(t.RParen)
    return this.node(start, (span) => ({
      ...{ kind: 'JsonFunction' as const, name: 'JSON_ARRAY' as const, ...operands(values) },
      ...(nullOnNull !== undefined && { nullOnNull }),
      ...(returning && { returning }),
      span,
    }))
  })

  /** `NULL ON NULL` or `ABSENT ON NULL`. */
  readonly nullTreatment: Rule<boolean> = this.rule('nullTreatment', () => {
    const kept = this.OR<boolean>([{ ALT: () => this.take(K.NULL, true) }, { ALT: () => this.take(K.ABSENT, false) }])
    this.CONSUME(K.ON)
    this.CONSUME2(K.NULL)
    return kept
  })

  private returningAhead(): boolean {
    return this.ahead(K.RETURNING, t.AnyName)
  }

  /** Whether KEY is the word before a key rather than a column of that name. */
  private keyWordAhead(): boolean {
    if (this.ahead(K.KEY, K.VALUE)) return this.ahead(K.KEY, K.VALUE, K.VALUE)
    return this.ahead(K.KEY, t.AnyName) || this.ahead(K.KEY, t.AnyString)
  }
}

function pathMembers({ input, path, passing }: PathCall) {
  return { arguments: [input.value], formatJson: [input.formatJson], path, ...(passing.length > 0 && { passing }) }
}

function operands(values: readonly Operand[]) {
  return { arguments: values.map((v) => v.value), formatJson: values.map((v) => v.formatJson) }
}
