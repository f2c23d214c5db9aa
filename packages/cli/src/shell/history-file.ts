import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

const MOST = 1000

/** Lines typed before, newest first. A file that cannot be read or written is no reason to stop: then nothing is remembered. */
export interface HistoryFile {
  read(): string[]
  write(lines: readonly string[]): void
}

export function openHistoryFile(env: NodeJS.ProcessEnv = process.env): HistoryFile {
  const path = env.TRAILLAKE_HISTORY ?? join(env.XDG_STATE_HOME ?? join(homedir(), '.local/state'), 'traillake/history')
  return {
    read() {
      try {
        return readFileSync(path, 'utf8').split('\n').filter(Boolean).reverse().slice(0, MOST)
      } catch {
        return []
      }
    },
    write(lines) {
      if (path === '') return
      try {
        mkdirSync(dirname(path), { recursive: true })
        // Queries may name people: for the owner alone.
        writeFileSync(path, `${lines.slice(0, MOST).toReversed().join('\n')}\n`, { mode: 0o600 })
      } catch {
        // As without a file.
      }
    },
  }
}
