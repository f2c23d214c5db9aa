/** Collects lines until a statement is whole: up to a semicolon outside of texts, quoted names and comments. */
export interface StatementBuffer {
  /** The statements that the line ends, without their semicolons; what is left waits for the next line. */
  add(line: string): readonly string[]
  /** What waits for its semicolon. */
  readonly pending: string
  clear(): void
}

export function createStatementBuffer(): StatementBuffer {
  let pending = ''
  return {
    add(line) {
      pending += pending === '' ? line : `\n${line}`
      const found: string[] = []
      for (let end = endOfStatement(pending); end !== -1; end = endOfStatement(pending)) {
        found.push(pending.slice(0, end).trim())
        pending = pending.slice(end + 1)
      }
      if (pending.trim() === '') pending = ''
      return found.filter((statement) => statement !== '')
    },
    get pending() {
      return pending
    },
    clear() {
      pending = ''
    },
  }
}

/** Whatever a semicolon may stand in; an end that is missing takes in the rest. */
const OPAQUE = /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|;/g

function endOfStatement(text: string): number {
  for (const match of text.matchAll(OPAQUE)) if (match[0] === ';') return match.index
  return -1
}
