import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const library = new URL('../../dist/index.js', import.meta.url).href

test('the SDK is loaded with the first location in S3, and not before', () => {
  const program = `
    import Module from 'node:module'
    const loaded = () => Object.keys(Module._cache).filter((file) => file.includes('@aws-sdk')).length
    const { openLake } = await import(${JSON.stringify(library)})
    await openLake('/there/is/none').catch(() => undefined)
    const before = loaded()
    await openLake('s3://bucket', { s3: { region: 'us-east-1', endpoint: 'http://127.0.0.1:1' } }).catch(() => undefined)
    console.log(JSON.stringify([before, loaded() > 0]))
    process.exit()
  `
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    stdio: 'pipe',
  })
  expect(JSON.parse(output)).toEqual([0, true])
})
