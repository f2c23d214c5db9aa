import type { VerifyProgress } from '@traillake/core'
import { createBar } from './bar.ts'

const STAGES: Readonly<Record<VerifyProgress['stage'], string>> = {
  log: 'reading the log',
  files: 'comparing files with the log',
  ledger: 'adding up the ledger',
  quarantine: 'reading quarantine',
  data: 'reading data files',
  events: 'comparing events',
  raw: 'reading raw files',
  texts: 'comparing events with their own texts',
}

/** Draws how far a verification is, on standard error: a bar on a terminal, one line a stage elsewhere. */
export function createVerifyView(stream: NodeJS.WriteStream = process.stderr) {
  const bar = createBar(stream, '{what} [{bar}] {value}/{total}')
  let shown = ''
  return {
    show({ store, stage, done, total }: VerifyProgress): void {
      const what = `${store}: ${STAGES[stage]}`
      if (what !== shown) {
        shown = what
        bar?.stop()
        if (bar) bar.start(total, done, { what })
        else stream.write(`${what}\n`)
      } else bar?.update(done, { what })
    },
    close(): void {
      bar?.stop()
    },
  }
}
