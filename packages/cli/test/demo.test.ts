import { expect, it } from 'vitest'
import { emptyFolder, traillake } from './traillake.ts'

it('the demo imports the samples, accounts for them and answers four questions', async () => {
  const folder = emptyFolder()
  const first = await traillake(folder, ['demo'])
  expect(first.code, first.stderr).toBe(0)
  const [read, ...parts] =
    /read ([\d,]+) = kept ([\d,]+) \+ duplicate ([\d,]+) \+ filtered ([\d,]+) \+ quarantined ([\d,]+)/
      .exec(first.stdout)!
      .slice(1)
      .map((text) => Number(text.replaceAll(',', '')))
  expect(read).toBeGreaterThan(3700)
  expect(parts.reduce((a, b) => a + b, 0)).toBe(read)
  const answers = [...first.stdout.matchAll(/^(\d+) rows?, /gm)].map((match) => Number(match[1]))
  expect(answers).toHaveLength(4)
  for (const rows of answers) expect(rows).toBeGreaterThan(0)
  expect(first.stdout).toContain('What next?')

  const second = await traillake(folder, ['demo'])
  expect(second.code).toBe(0)
  expect(second.stdout).toContain('every file is in the ledger')
})
