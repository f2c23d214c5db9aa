import { EOF } from 'chevrotain'
import { TraillakeError } from '../../errors/index.ts'
import type { Token } from '../tokens.ts'
import * as t from '../tokens.ts'
import { spanOf } from './base.ts'

/** First words of statements that are no queries: Trino's, and those of the engine underneath. */
const otherStatements: ReadonlySet<string> = new Set([
  ...['ALTER', 'ANALYZE', 'CALL', 'COMMENT', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', 'DENY', 'DESC', 'DESCRIBE'],
  ...['DROP', 'EXECUTE', 'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', 'PREPARE', 'REFRESH', 'RESET', 'REVOKE', 'ROLLBACK'],
  ...['SET', 'SHOW', 'START', 'TRUNCATE', 'UPDATE', 'USE'],
  ...['ATTACH', 'BEGIN', 'CHECKPOINT', 'COPY', 'DETACH', 'EXPORT', 'FORCE', 'IMPORT', 'INSTALL', 'LOAD', 'PIVOT'],
  ...['PRAGMA', 'SUMMARIZE', 'UNPIVOT', 'VACUUM', 'UPSERT', 'RENAME', 'UNLOAD', 'MSCK', 'REPAIR'],
])

/** Refuses what is not exactly one query, before its grammar matters. */
export function checkStatement(tokens: readonly Token[]): void {
  const [first] = tokens as readonly [Token, ...Token[]]
  if (otherStatements.has(first.image.toUpperCase())) {
    const message = `${first.image.toUpperCase()} is not a query: only a query (SELECT, WITH, VALUES or TABLE) can be run`
    throw new TraillakeError('NOT_A_QUERY', { message }, { span: spanOf(first) })
  }
  const semicolon = tokens.findIndex((token) => token.tokenType === t.Semicolon)
  const after = tokens[semicolon + 1]
  if (semicolon > 0 && after && after.tokenType !== EOF) {
    const message = "mismatched input ';'. Expecting: <EOF>"
    const hint = 'only one statement can be run at a time'
    throw new TraillakeError('SYNTAX_ERROR', { message }, { span: spanOf(tokens[semicolon]!), hint })
  }
}
