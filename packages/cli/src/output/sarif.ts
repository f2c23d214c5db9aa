import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Problem } from './problems.ts'

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json'

/** Problems as SARIF 2.1.0, which code hosts show beside the lines they are about. */
export function sarifOf(problems: readonly Problem[], version: string): object {
  const codes = [...new Set(problems.map(({ code }) => code))].sort()
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'traillake', version, rules: codes.map((id) => ({ id })) } },
        columnKind: 'unicodeCodePoints',
        results: problems.map(({ file, line, column, endLine, endColumn, code, message, hint }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level: 'error',
          message: { text: hint === undefined ? message : `${message}\n${hint}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(file) },
                region: { startLine: line, startColumn: column, endLine, endColumn },
              },
            },
          ],
        })),
      },
    ],
  }
}

/** Relative paths stay so: whoever reads the report knows where it was made. */
function uriOf(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : file.split('/').map(encodeURIComponent).join('/')
}
