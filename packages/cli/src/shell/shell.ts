import { spawnSync } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'
import type { Lake } from '@traillake/core'
import { formatBytes, formatCount, formatDuration, formatRows } from '../output/numbers.ts'
import { reportError } from '../output/report-error.ts'
import { encodeResult, writeResult } from '../output/write-result.ts'
import { createCompleter } from './completer.ts'
import { openHistoryFile } from './history-file.ts'
import { runMetaCommand, type ShellSettings } from './meta-commands.ts'
import { createStatementBuffer } from './statement-buffer.ts'

/** Answers queries as they are typed, until the end of the input. Gives the exit code of the last failure where nobody types. */
export async function runShell(lake: Lake, settings: ShellSettings): Promise<number> {
  const isTyped = process.stdin.isTTY === true && process.stdout.isTTY === true
  const buffer = createStatementBuffer()
  const history = openHistoryFile()
  const completer = createCompleter(
    () => lake.catalog(),
    () => buffer.pending,
  )
  const lines: Interface = createInterface({
    input: process.stdin,
    ...(isTyped ? { output: process.stdout, history: history.read(), historySize: 1000 } : {}),
    terminal: isTyped,
    completer: (line: string, callback: (error: Error | null, result: [string[], string]) => void) => {
      completer(line).then(
        (result) => callback(null, result),
        () => callback(null, [[], line]),
      )
    },
  })
  let running: AbortController | undefined
  let code = 0
  lines.on('history', (all) => history.write(all))
  lines.on('SIGINT', () => {
    if (running) running.abort()
    else {
      buffer.clear()
      process.stdout.write('\n')
      prompt()
    }
  })

  function prompt(): void {
    if (!isTyped) return
    lines.setPrompt(buffer.pending === '' ? 'traillake> ' : '       ... ')
    lines.prompt()
  }

  async function answer(sql: string): Promise<void> {
    running = new AbortController()
    const result = await lake.query(sql, { rowMode: 'array', signal: running.signal })
    try {
      if (isTyped && settings.format === 'table') await page(encodeResult(result, 'table'))
      else await writeResult(result, settings.format, process.stdout)
      const { rows, totalMs, filesScanned, filesKnown, bytesScanned } = result.statistics
      if (settings.timing)
        process.stderr.write(
          `${formatRows(rows)} in ${formatDuration(totalMs)}, ${formatCount(filesScanned)} of ${formatCount(filesKnown)} files, ${formatBytes(bytesScanned)}\n`,
        )
    } finally {
      await result.close()
    }
  }

  async function attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      code = reportError(error)
    } finally {
      running = undefined
    }
  }

  let isOver = false
  async function take(line: string): Promise<void> {
    if (buffer.pending === '' && line.trimStart().startsWith('\\')) {
      await attempt(async () => {
        const outcome = await runMetaCommand(line, lake, settings)
        if (outcome === 'quit') isOver = true
        else if ('run' in outcome) await answer(outcome.run)
        else process.stdout.write(`${outcome.print}\n`)
      })
      return
    }
    for (const statement of buffer.add(line)) await attempt(() => answer(statement))
  }

  if (isTyped) process.stdout.write('Queries end with ; and \\? tells what else there is.\n')
  prompt()
  for await (const line of lines) {
    await take(line)
    if (isOver) break
    prompt()
  }
  // A file's last query need not end in a semicolon.
  const rest = buffer.pending.trim()
  if (!isOver && !isTyped && rest !== '') await attempt(() => answer(rest))
  lines.close()
  return isTyped ? 0 : code
}

/** Through a pager where it is longer than the screen. */
async function page(parts: AsyncIterable<string | Uint8Array>): Promise<void> {
  let text = ''
  for await (const part of parts) text += String(part)
  const height = process.stdout.rows ?? 24
  const pager = process.env.PAGER ?? 'less'
  if (text.split('\n').length < height || pager === '') {
    process.stdout.write(text)
    return
  }
  // -S: wide rows are not wrapped; -F, -X: what fits stays on the screen.
  const shown = spawnSync(pager, pager === 'less' ? ['-S', '-F', '-X'] : [], {
    input: text,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  if (shown.error) process.stdout.write(text)
}
