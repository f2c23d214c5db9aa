import { gunzipSync } from 'node:zlib'

/** What a file is to Node's own inflate and JSON reader: `broken`, or its documents as far as all of them can be read. */
export function readByNode(bytes: Buffer): 'broken' | readonly unknown[] | undefined {
  let raw: Buffer
  try {
    raw = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes
  } catch {
    return 'broken'
  }
  try {
    return [...documents(new TextDecoder('utf-8', { fatal: true }).decode(raw))]
  } catch {
    return undefined
  }
}

function* documents(text: string): Generator<unknown> {
  for (let rest = text; rest.trim() !== ''; ) {
    let end = rest.length
    try {
      JSON.parse(rest)
    } catch (error) {
      end = Number(/after JSON at position (\d+)/.exec((error as Error).message)?.[1])
      if (Number.isNaN(end)) throw error
    }
    yield JSON.parse(rest.slice(0, end))
    rest = rest.slice(end).replace(/^\ufeff/, '')
  }
}

/**
 * The entries of a log file's documents, one after the other; undefined where it is not plain what they are: a document
 * without records, or with several members of that name (Node sees the last one).
 */
export function entriesByNode(docs: readonly unknown[], text: Buffer): readonly unknown[] | undefined {
  const entries: unknown[] = []
  for (const doc of docs) {
    if (typeof doc !== 'object' || doc === null || !Object.hasOwn(doc, 'Records')) return undefined
    const { Records: records } = doc as { readonly Records: unknown }
    if (!Array.isArray(records)) return undefined
    entries.push(...records)
  }
  // Whoever names it once a document names it once.
  const named = text.toString('latin1').match(/"Records"/g)?.length ?? 0
  return docs.length > 0 && named === docs.length ? entries : undefined
}
