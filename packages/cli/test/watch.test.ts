import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { emptyFolder, main, traillake, trails } from './traillake.ts'

test.each(['SIGINT', 'SIGTERM'] as const)(
  'watch prints a line for what came, and ends well with %s',
  async (signal) => {
    const folder = emptyFolder()
    const source = join(folder, 'logs')
    mkdirSync(source)
    const args = [main, 'watch', source, '--store', 'org', '--interval', '1', '--lake', join(folder, 'lake')]
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    cpSync(join(trails, 'synthetic-org'), source, { recursive: true })
    const files = readdirSync(source, { recursive: true }).length
    expect(files).toBeGreaterThan(0)
    const { value } = await lines.next()
    expect(value).toMatch(/^\d{4}-\S+Z \d+ files, lag \S.*: read \d+ = kept \d+ \+ duplicate/)
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(errors).toContain('created a lake')
    const query = await traillake(folder, [
      'query',
      'SELECT count(*) > 0 AS some FROM org',
      '--lake',
      join(folder, 'lake'),
    ])
    expect(query.stdout).toBe('{"some":true}\n')
  },
)
