import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Lake, type OpenLakeOptions, openLake } from '@traillake/core'
import { afterAll } from 'vitest'
import { type RunningServer, type ServerOptions, startServer } from '../src/index.ts'

/** 2,900 management events of July 2023. */
export const trails = fileURLToPath(new URL('../../../test-data/trails/invictus-2023', import.meta.url))
/** Just after the newest of them. */
export const afterTrails = new Date('2023-07-10T13:00:00Z')

const cleanups: (() => Promise<void> | void)[] = []
afterAll(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A folder that goes with the test file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'traillake-server-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export async function newLake(folder = newFolder(), options: OpenLakeOptions = { create: true }): Promise<Lake> {
  const lake = await openLake(folder, options)
  cleanups.push(() => lake.close())
  return lake
}

export async function newServer(lake: Lake, options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ lake, port: 0, drainMs: 0, ...options })
  cleanups.push(() => server.close())
  return server
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into member by member
  readonly body: any
}

/** One call as a client without SDK makes it. */
export async function call(url: string, operation: string, input: object = {}): Promise<Answer> {
  const response = await fetch(`${url}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `CloudTrail_20131101.${operation}` },
    body: JSON.stringify(input),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** The answer of a call that must succeed. */
export async function ok(url: string, operation: string, input: object = {}): Promise<Answer['body']> {
  const { status, body } = await call(url, operation, input)
  if (status !== 200) throw new Error(`${operation}: ${body.__type}: ${body.message}`)
  return body
}

/** The name of the error of a call that must fail, with its message. */
export async function fault(
  url: string,
  operation: string,
  input: object = {},
): Promise<{ name: string; message: string }> {
  const { status, body } = await call(url, operation, input)
  if (status === 200) throw new Error(`${operation} succeeded: ${JSON.stringify(body)}`)
  return { name: body.__type, message: body.message }
}

/** Asks again until the answer is as wanted. */
export async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (isWanted(answer)) return answer
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const OVER = new Set(['FINISHED', 'FAILED', 'CANCELLED', 'TIMED_OUT'])

/** Runs a statement to its end, and the delivery of its answer too. */
export async function runQuery(url: string, statement: string, more: object = {}): Promise<Answer['body']> {
  const { QueryId } = await ok(url, 'StartQuery', { QueryStatement: statement, ...more })
  return until(
    () => ok(url, 'DescribeQuery', { QueryId }),
    ({ QueryStatus, DeliveryStatus }) => OVER.has(QueryStatus) && DeliveryStatus !== 'PENDING',
  )
}

/** A statement that runs until it is stopped. */
export const ENDLESS = (store: string) =>
  `SELECT count(*) FROM ${['a', 'b', 'c', 'd', 'e'].map((name) => `${store} ${name}`).join(' CROSS JOIN ')} WHERE a.eventJson <> b.eventJson`

export const NOBODY = randomUUID()
