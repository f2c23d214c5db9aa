import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { openInstance } from '../../src/engine/instance.ts'

test('every connection of an instance has its settings', async () => {
  const instance = await openInstance({
    threads: 1,
    memoryBytes: 200_000_000,
    settings: { preserve_insertion_order: false },
  })
  try {
    for (let i = 0; i < 2; i++) {
      const connection = await instance.connect()
      const rows = await connection.runAndReadAll(
        `SELECT current_setting('TimeZone'), current_setting('threads'), current_setting('memory_limit'),
           current_setting('preserve_insertion_order'), current_setting('autoload_known_extensions')`,
      )
      expect(rows.getRows()[0]).toEqual(['UTC', 1n, '190.7 MiB', false, false])
      connection.closeSync()
    }
  } finally {
    instance.close()
  }
})

test('instances spill into folders of their own, which go with them', async () => {
  const root = mkdtempSync(join(tmpdir(), 'traillake-test-'))
  const a = await openInstance({ tempRoot: root })
  const b = await openInstance({ tempRoot: root })
  expect(a.tempDirectory).not.toBe(b.tempDirectory)
  expect(dirname(a.tempDirectory)).toBe(root)
  a.close()
  expect(existsSync(a.tempDirectory)).toBe(false)
  expect(existsSync(b.tempDirectory)).toBe(true)
  b.close()
  expect(readdirSync(root)).toEqual([])
})

test('a setting that DuckDB does not know fails and leaves no folder', async () => {
  const root = mkdtempSync(join(tmpdir(), 'traillake-test-'))
  await expect(openInstance({ tempRoot: root, settings: { no_such_setting: 1 } })).rejects.toThrow(/no_such_setting/)
  expect(readdirSync(root)).toEqual([])
})
