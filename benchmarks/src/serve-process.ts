import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url))

/** `traillake serve` in a process of its own. */
export interface Served {
  readonly port: number
  readonly pid: number
  /** From the start of the process to the first 200 of /ready. */
  readonly readyMs: number
  /** SIGTERM, and its end. */
  stop(): Promise<void>
}

/** @param flags of `traillake serve`, besides */
export async function serve(lake: string, port = 0, flags: readonly string[] = []): Promise<Served> {
  const started = performance.now()
  const args = [
    main,
    'serve',
    '--lake',
    lake,
    '--port',
    String(port),
    '--log',
    'error',
    '--lookup-days',
    'all',
    ...flags,
  ]
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const part of child.stdout!) {
    said += part
    if (said.includes('\n')) break
  }
  const actual = Number(/:(\d+)\n/.exec(said)?.[1])
  if (!actual) throw new Error(`the server did not start: ${said}`)
  const { status } = await ask(actual, { path: '/ready' })
  if (status !== 200) throw new Error(`/ready is ${status}`)
  return {
    port: actual,
    pid: child.pid!,
    readyMs: performance.now() - started,
    async stop() {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined
      child.kill('SIGTERM')
      await ended
    },
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 500 })

export interface Asked {
  readonly path: string
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** One request; errors of the connection are thrown. */
export async function ask(port: number, asked: Asked): Promise<{ status: number; bytes: Buffer }> {
  const response = await send(port, asked)
  const parts: Buffer[] = []
  for await (const part of response) parts.push(part as Buffer)
  return { status: response.statusCode!, bytes: Buffer.concat(parts) }
}

/** Reads an answer that must be 200 without keeping it. @returns its size */
export async function drain(port: number, asked: Asked): Promise<number> {
  const response = await send(port, asked)
  if (response.statusCode !== 200) throw new Error(`${asked.path} is ${response.statusCode}`)
  let bytes = 0
  response.on('data', (part: Buffer) => {
    bytes += part.length
  })
  await once(response, 'end')
  return bytes
}

function send(port: number, { path, body, headers = {} }: Asked): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const type =
      text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
    const method = text === undefined ? 'GET' : 'POST'
    const sent = request({ agent, port, path, method, headers: { ...type, ...headers } }, resolve)
    sent.once('error', reject)
    sent.end(text)
  })
}

/** A call of the CloudTrail API. */
export async function call(
  port: number,
  operation: string,
  body: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { status, bytes } = await ask(port, {
    path: '/',
    body,
    headers: { 'x-amz-target': `CloudTrail_20131101.${operation}`, 'content-type': 'application/x-amz-json-1.1' },
  })
  return { status, body: JSON.parse(bytes.toString()) as Record<string, unknown> }
}

/** Resident memory in bytes, as Linux tells it; NaN elsewhere. */
export function residentBytes(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  } catch {
    return Number.NaN
  }
}

/** Processes that a process started. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1])
        return parent === pid ? [Number(name)] : []
      } catch {
        return []
      }
    })
}
