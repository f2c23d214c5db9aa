import type { Catalog } from '@traillake/core/sql'

/** Completes as readline wants it: what can stand there, and the word that it is for. */
export type Completer = (line: string) => Promise<[string[], string]>

/** More are no help. */
const MOST = 200
const META = ['\\d', '\\explain', '\\format', '\\timing', '\\saved', '\\run', '\\q', '\\?']

/** @param pending the lines before the one that is typed */
export function createCompleter(catalog: () => Promise<Catalog>, pending: () => string): Completer {
  return async (line) => {
    if (pending() === '' && /^\\\S*$/.test(line)) return [META.filter((name) => name.startsWith(line)), line]
    const { complete } = await import('@traillake/core/sql')
    const before = pending() === '' ? '' : `${pending()}\n`
    // What a command takes is a query or a store: its name is no part of either.
    const prefix = /^\\(?:d|explain)\s+/.exec(line)?.[0] ?? ''
    const start = prefix.startsWith('\\d') ? 'SELECT * FROM ' : before
    const text = start + line.slice(prefix.length)
    const { span, items } = complete(text, text.length, { catalog: await catalog() })
    return [items.slice(0, MOST).map(({ insert }) => insert), text.slice(span.start)]
  }
}
