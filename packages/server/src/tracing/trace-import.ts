import type { ImportProgress } from '@traillake/core'
import type { Span } from './span.ts'

/** Spans of an import: `discover`, then a `batch` for each commit, from the one before to its own. */
export function traceBatches(span: Span): (progress: ImportProgress) => void {
  let from = performance.now()
  let done = { files: 0, kept: 0 }
  const tell = (name: string, attributes: Readonly<Record<string, number>>) => {
    const at = performance.now()
    span.begin(name, attributes, from).end({ at })
    from = at
  }
  return (progress) => {
    if (progress.kind === 'discovered') tell('discover', { 'traillake.files': progress.files })
    if (progress.kind !== 'progress') return
    const { filesDone, kept } = progress
    tell('batch', { 'traillake.files': filesDone - done.files, 'traillake.events': kept - done.kept })
    done = { files: filesDone, kept }
  }
}
