import { type Span, TraillakeError } from '../../errors/index.ts'
import { bindAll } from '../emit/text.ts'
import { raise } from './raise.ts'

const FOLLOW = "Escape character must be followed by '%', '_' or the escape character itself"
const SINGLE = 'Escape string must be a single character'

/** LIKE with Trino's rules for ESCAPE. */
export function likeSql(
  value: string,
  pattern: string,
  escapeBy: string | undefined,
  known: { pattern?: string | undefined; escape?: string | undefined },
  span: Span,
): string {
  if (escapeBy === undefined) return `(${value} LIKE ${pattern})`
  if (known.escape !== undefined && known.pattern !== undefined) {
    checkPattern(known.pattern, known.escape, span)
    return `(${value} LIKE ${pattern} ESCAPE ${escapeBy})`
  }
  return bindAll([pattern, escapeBy], ([p, e]) => {
    const single = `CASE WHEN length(${e}) <> 1 THEN ${raise('INVALID_FUNCTION_ARGUMENT', SINGLE, { kind: 'varchar' })} ELSE ${e} END`
    const checked = `CASE WHEN regexp_matches(replace(replace(replace(${p}, ${e} || ${e}, ''), ${e} || '%', ''), ${e} || '_', ''), '\\Q' || ${e} || '\\E') THEN ${raise('INVALID_FUNCTION_ARGUMENT', FOLLOW, { kind: 'varchar' })} ELSE ${p} END`
    return `(${value} LIKE ${checked} ESCAPE ${single})`
  })
}

function checkPattern(pattern: string, escapeBy: string, span: Span): void {
  if ([...escapeBy].length !== 1) throw new TraillakeError('INVALID_FUNCTION_ARGUMENT', { message: SINGLE }, { span })
  const characters = [...pattern]
  for (let i = 0; i < characters.length; i++) {
    if (characters[i] !== escapeBy) continue
    const next = characters[++i]
    if (next !== '%' && next !== '_' && next !== escapeBy)
      throw new TraillakeError('INVALID_FUNCTION_ARGUMENT', { message: FOLLOW }, { span })
  }
}
