import type { ImportProgress } from '@traillake/core'
import { createBar } from './bar.ts'
import { errorColors as colors } from './colors.ts'
import { formatBytes, formatCount, formatDuration } from './numbers.ts'

export interface ProgressView {
  show(progress: ImportProgress): void
  close(): void
}

/** Draws an import's progress on standard error: a bar on a terminal, plain lines elsewhere. */
export function createProgressView(
  { dryRun = false }: { readonly dryRun?: boolean } = {},
  stream: NodeJS.WriteStream = process.stderr,
): ProgressView {
  const bar = createBar(stream, 'importing [{bar}] {value}/{total} files, {events} events{left}')
  let started = false
  let lastTenth = 0
  let total = 0
  let done = 0
  let events = '0'
  let startedMs = 0
  /** Nothing before the first batch: there is nothing yet to judge by. */
  const left = () => (done === 0 ? '' : `, ${formatDuration(((Date.now() - startedMs) / done) * (total - done))} left`)
  const line = (text: string) => {
    // A line written through a drawn bar would be drawn over.
    if (started) bar?.stop()
    stream.write(`${text}\n`)
    if (started) bar?.start(total, done, { events, left: left() })
  }
  return {
    show(progress) {
      switch (progress.kind) {
        case 'store-created':
          return line(
            dryRun
              ? `would create event data store ${colors.bold(progress.store.name)}`
              : `created event data store ${colors.bold(progress.store.name)} (${progress.store.id})`,
          )
        case 'discovered': {
          total = progress.files
          const known = progress.alreadyImported > 0 ? `, ${formatCount(progress.alreadyImported)} imported before` : ''
          line(`found ${formatCount(progress.files)} files to read, ${formatBytes(progress.bytes)}${known}`)
          if (total > 0) {
            startedMs = Date.now()
            bar?.start(total, 0, { events, left: left() })
            started = bar !== undefined
          }
          return
        }
        case 'progress': {
          done = progress.filesDone
          events = formatCount(progress.read)
          bar?.update(done, { events, left: left() })
          const tenth = total > 0 ? Math.floor((10 * progress.filesDone) / total) : 0
          if (!bar && tenth > lastTenth && tenth < 10) {
            lastTenth = tenth
            line(
              `${tenth * 10} %: ${formatCount(progress.filesDone)} of ${formatCount(total)} files, ${formatCount(progress.read)} events`,
            )
          }
          return
        }
        case 'file-failed':
          return line(colors.yellow(`could not read ${progress.source}: ${progress.reason} [${progress.code}]`))
        case 'advice':
          return line(colors.cyan(progress.message))
        case 'committed':
          return
      }
    },
    close() {
      if (started) bar?.stop()
      started = false
    },
  }
}
