import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLake } from '@traillake/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { main, traillake } from './traillake.ts'

const hasBash = spawnSync('bash', ['-c', 'true']).status === 0
if (!hasBash) console.warn('SKIPPED: there is no bash')

const folder = mkdtempSync(join(tmpdir(), 'traillake-completion-'))
let queryId: string

beforeAll(async () => {
  for (const [name, store] of [
    ['lake', 'org'],
    ['second', 'other'],
  ] as const) {
    const lake = await openLake(join(folder, name), { create: true })
    await lake.createEventDataStore({ name: store })
    await lake.savedQueries.save('by-name', 'SELECT 1')
    await lake.views.create('seen', 'SELECT 1 AS a')
    const result = await lake.query('SELECT 1', { remember: true })
    await result.toArray()
    queryId = result.queryId
    await lake.close()
  }
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin/traillake'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`)
  chmodSync(join(folder, 'bin/traillake'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What bash offers after a line was typed up to its end. */
function offered(line: string): readonly string[] {
  const words = line.split(' ')
  const script = `PATH="$PWD/bin:$PATH"; eval "$(traillake completion bash)"
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_traillake
complete -p traillake >&2
printf '%s\\n' "\${COMPREPLY[@]}"`
  const child = spawnSync('bash', ['--norc', '-c', script], { cwd: folder, encoding: 'utf8' })
  expect(child.stderr).toBe('complete -o default -F _traillake traillake\n')
  return child.stdout.split('\n').filter(Boolean)
}

describe.skipIf(!hasBash)('bash', () => {
  test.each<[string, readonly string[]]>([
    ['traillake quer', ['query', 'queries']],
    ['traillake queries re', ['repeat']],
    ['traillake query --form', ['--format']],
    ['traillake query --format c', ['csv']],
    ['traillake query -F par', ['parquet']],
    ['traillake query --isolation ', ['none', 'process']],
    ['traillake query --isol', ['--isolation']],
    ['traillake import logs --store ', ['org']],
    ['traillake compact ', ['org']],
    ['traillake compact org o', ['org']],
    ['traillake --lake second compact ', ['other']],
    ['traillake --lake nowhere compact ', []],
    ['traillake queries run ', ['by-name']],
    ['traillake views drop s', ['seen']],
    ['traillake views drop seen ', []],
    ['traillake completion z', ['zsh']],
    ['traillake complete-w', []],
    ['traillake query SELECT', []],
    ['traillake no-such ', []],
  ])('%s', (line, words) => {
    expect(offered(line)).toEqual(words)
  })

  test('all commands at first, and remembered queries by id', () => {
    const commands = offered('traillake ')
    expect(commands).toEqual(expect.arrayContaining(['import', 'query', 'views', 'completion', 'stores']))
    expect(commands).not.toContain('complete-words')
    expect(offered(`traillake --lake second queries repeat ${queryId.slice(0, 4)}`)).toEqual([queryId])
  })
})

test('scripts for shells that there are, and no others', async () => {
  for (const shell of ['zsh', 'fish'])
    expect((await traillake(folder, ['completion', shell])).stdout).toContain('complete-words')
  expect((await traillake(folder, ['completion', 'tcsh'])).code).toBe(2)
})
