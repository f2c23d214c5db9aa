import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { machineId, makeScratch } from '../../src/engine/scratch.ts'

test('what killed processes of this machine left goes; everything else stays', () => {
  const root = mkdtempSync(join(tmpdir(), 'traillake-test-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const dead = spawnSync(process.execPath, ['-e', '']).pid
  const make = (name: string) => {
    mkdirSync(join(root, name))
    writeFileSync(join(root, name, 'spilled'), '')
    return name
  }
  make(`traillake-lake-${machineId()}-${dead}-abc`)
  make(`traillake-spill-${machineId()}-${dead}-abc`)
  const others = [
    make(`traillake-lake-${machineId()}-${process.pid}-abc`),
    make(`traillake-lake-${machineId()}-${process.ppid}-abc`),
    make(`traillake-lake-0123456789ab-${dead}-abc`),
    make(`traillake-lake-${dead}-abc`),
    make(`my-traillake-lake-${machineId()}-${dead}-abc`),
  ]
  const made = makeScratch(root, 'spill')
  expect(dirname(made)).toBe(root)
  expect(readdirSync(root).sort()).toEqual([...others, basename(made)].sort())
  expect(makeScratch(root, 'spill')).not.toBe(made)
})
