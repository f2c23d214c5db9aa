import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Lines on disk that were not committed yet: what a process that dies leaves behind. */
export interface Journal {
  /** Hands a line to the operating system before it returns. */
  append(line: string): void
  /** Begins a new file; `done` removes the one before it, once its lines are committed. */
  turn(): { readonly done: () => void }
  close(): void
}

/** @param owner whose journal it is: a lower-case UUID */
export function openJournal(folder: string, owner: string): Journal {
  mkdirSync(folder, { recursive: true })
  let number = 0
  let path = ''
  let file = 0
  const begin = () => {
    number += 1
    path = join(folder, `${owner}.${number}.ndjson`)
    file = openSync(path, 'a', 0o600)
  }
  begin()
  return {
    append: (line) => void writeSync(file, `${line}\n`),
    turn() {
      const full = path
      closeSync(file)
      begin()
      return { done: () => rmSync(full, { force: true }) }
    },
    close() {
      closeSync(file)
      rmSync(path, { force: true })
    },
  }
}

/** Journals of owners that are not at work any more, with their whole lines. */
export async function leftJournals(
  folder: string,
  isAlive: (owner: string) => Promise<boolean>,
): Promise<readonly { readonly lines: readonly string[]; readonly done: () => void }[]> {
  const left: { lines: string[]; done: () => void }[] = []
  for (const name of readdirSync(folder)) {
    const owner = /^([0-9a-f-]{36})\.\d+\.ndjson$/.exec(name)?.[1]
    if (owner === undefined || (await isAlive(owner))) continue
    const path = join(folder, name)
    // A line that was cut off by the end of its process has no line end.
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    left.push({ lines, done: () => rmSync(path, { force: true }) })
  }
  return left
}
