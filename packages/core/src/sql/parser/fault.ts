import type { IRecognitionException } from 'chevrotain'
import { TraillakeError } from '../../errors/index.ts'
import type { Token } from '../tokens.ts'
import { spanOf } from './base.ts'
import { hintFor } from './hints.ts'

/** Turns what the parser met into Trino's error: the token that does not fit, and what would have. */
export function syntaxError(error: IRecognitionException, tokens: readonly Token[]): TraillakeError {
  const token = error.token as Token
  const expecting = error.message === '' ? '' : `. Expecting: ${error.message}`
  const message = `mismatched input '${token.image}'${expecting}`
  return new TraillakeError(
    'SYNTAX_ERROR',
    { message },
    { span: spanOf(token), hint: hintFor(token, error.message, tokens) },
  )
}
