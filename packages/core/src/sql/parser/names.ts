import { TraillakeError } from '../../errors/index.ts'
import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { BaseParser, type Rule, spanOf } from './base.ts'

/** Names: of columns, tables, functions, aliases. */
export abstract class NameParser extends BaseParser {
  override readonly name: Rule<ast.Name> = this.rule('name', () => {
    const token = this.CONSUME(t.AnyName)
    return this.ACTION(() => toName(token as t.Token))
  })

  /** `(a, b)`. */
  readonly names: Rule<ast.Name[]> = this.rule('names', () => {
    this.CONSUME(t.LParen)
    const names = this.list(() => this.SUBRULE(this.name))
    this.CONSUME(t.RParen)
    return names
  })

  readonly qualifiedName: Rule<ast.QualifiedName> = this.rule('qualifiedName', () => {
    const start = this.here()
    const parts = [this.SUBRULE(this.name)]
    this.MANY(() => {
      this.CONSUME(t.Dot)
      parts.push(this.SUBRULE2(this.name))
    })
    return this.node(start, (span) => ({ kind: 'QualifiedName', parts, span }))
  })

  /** As a qualified name; an event data store's id and a placeholder for one are names too. */
  readonly tableName: Rule<ast.QualifiedName> = this.rule('tableName', () => {
    const start = this.here()
    const parts = [this.SUBRULE(this.tableNamePart)]
    this.MANY(() => {
      this.CONSUME(t.Dot)
      parts.push(this.SUBRULE2(this.tableNamePart))
    })
    return this.node(start, (span) => ({ kind: 'QualifiedName', parts, span }))
  })

  readonly tableNamePart: Rule<ast.Name> = this.rule('tableNamePart', () =>
    this.OR<ast.Name>([
      { ALT: () => this.SUBRULE(this.name) },
      {
        ALT: () => {
          const token = this.CONSUME(t.StoreName)
          return this.ACTION(() => toName(token as t.Token))
        },
      },
    ]),
  )
}

/** Decodes a name token; those that Trino reads but does not accept are refused. */
export function toName(token: t.Token): ast.Name {
  const { image, tokenType } = token
  const span = spanOf(token)
  const refuse = (message: string): never => {
    throw new TraillakeError('SYNTAX_ERROR', { message }, { span })
  }
  if (tokenType === t.DigitIdentifier) {
    refuse('identifiers must not start with a digit; surround the identifier with double quotes')
  }
  if (tokenType === t.BackquotedIdentifier) {
    refuse('backquoted identifiers are not supported; use double quotes to quote identifiers')
  }
  if (tokenType !== t.QuotedIdentifier) return { kind: 'Name', value: image, quoted: false, span }
  const value = image.slice(1, -1).replaceAll('""', '"')
  if (value === '') refuse('Zero-length delimited identifier not allowed')
  // It ends the text for the engine.
  if (value.includes('\0')) refuse('identifiers must not contain the null character')
  return { kind: 'Name', value, quoted: true, span }
}
