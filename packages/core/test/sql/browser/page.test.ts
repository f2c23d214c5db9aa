import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runInThisContext } from 'node:vm'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GoldenCase, goldenLayouts, type RefusedCase, readGolden, withStores } from '../analyze/golden-cases.ts'
import { type Answers, answersSource } from './answers.ts'
import { findChromium } from './chromium.ts'

const dist = new URL('../../../dist/', import.meta.url)
const entry = 'sql/index.js'

test('the built translator imports nothing but its own files', async () => {
  const { metafile, warnings } = await build({
    entryPoints: [fileURLToPath(new URL(entry, dist))],
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    // Whatever is not a file beside it stays an import, and is listed as one.
    packages: 'external',
    logLevel: 'silent',
  })
  expect(warnings).toEqual([])
  expect(Object.keys(metafile.inputs).length).toBeGreaterThan(1)
  const imports = [...Object.values(metafile.inputs), ...Object.values(metafile.outputs)].flatMap(
    (file) => file.imports,
  )
  expect(imports.filter((one) => one.external).map((one) => one.path)).toEqual([])
})

const executable = findChromium()
if (executable === undefined)
  console.warn('no Chromium found (set TRAILLAKE_CHROMIUM): the translator was NOT tested in a browser')

describe.skipIf(executable === undefined)('the translator, in a page', () => {
  let server: Server
  let browser: Browser
  let page: Page
  const asked: string[] = []

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? '/'
      asked.push(path)
      const headers = { 'Content-Security-Policy': "default-src 'none'; script-src 'self'" }
      if (path === '/') {
        response.writeHead(200, { ...headers, 'Content-Type': 'text/html' }).end('<!doctype html><title>page</title>')
      } else if (extname(path) === '.js' && !path.includes('..')) {
        response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' })
        response.end(readFileSync(new URL(`.${path}`, dist)))
      } else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    browser = await chromium.launch({
      ...(executable !== undefined && { executablePath: executable }),
      args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
    })
    page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const texts = [
    ...readGolden<GoldenCase>('queries.jsonl').map(({ sql }) => withStores(sql)),
    ...readGolden<RefusedCase>('refused.jsonl').map(({ sql }) => withStores(sql)),
  ]

  test('says the same as in Node of every golden query and every refused one', async () => {
    const here = runInThisContext(answersSource) as Answers
    const lake = (await import(new URL(entry, dist).href)) as object
    const stores = Object.fromEntries(goldenLayouts)
    const expected = here(lake, stores, texts)
    // A page is asked for some at a time: one answer of all would be tens of megabytes.
    for (let from = 0; from < texts.length; from += 50) {
      const some = JSON.stringify(texts.slice(from, from + 50))
      const found = await page.evaluate<readonly string[]>(
        `import('/${entry}').then((lake) => (${answersSource})(lake, ${JSON.stringify(stores)}, ${some}))`,
      )
      expect(found).toEqual(expected.slice(from, from + 50))
    }
    // Refusals everywhere would be the same in both: what Trino answers is translated.
    const answered = readGolden<GoldenCase>('queries.jsonl').flatMap(({ error }, i) => (error ? [] : [expected[i]!]))
    expect(answered.filter((answer) => !('sql' in JSON.parse(answer).duckdb))).toEqual([])
    expect(answered.length).toBeGreaterThan(400)
    expect(asked.filter((path) => path !== '/' && path !== '/favicon.ico').every((path) => path.endsWith('.js'))).toBe(
      true,
    )
  }, 300_000)
})
