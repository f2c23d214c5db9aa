import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { S3Client } from '@aws-sdk/client-s3'
import { afterAll } from 'vitest'
import type { S3Options } from '../../src/storage/index.ts'
import { motoPython } from './moto-python.ts'

// It would be said in the middle of every report of the tests.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true'

/** The Python that has moto; undefined where there is none. */
export const python = await motoPython()

/** A running S3 server. It keeps nothing and checks no signatures. */
export interface S3Server {
  readonly endpoint: string
  /** For the library. */
  readonly s3: S3Options
  /** For looking behind the library's back. */
  readonly client: S3Client
}

export const KEYS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }

export function s3OptionsOf(endpoint: string): S3Options {
  return { endpoint, forcePathStyle: true, region: 'us-east-1', credentials: KEYS }
}

/** The server ends when its standard input does, so that it does not outlive tests that were killed. */
const PROGRAM = `
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
from moto.server import main
main(sys.argv[1:])
`

/** Starts a server of its own for a test file; it ends with it. */
export async function startS3(): Promise<S3Server> {
  const port = await freePort()
  const child = spawn(python!, ['-c', PROGRAM, '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { ...process.env, MOTO_S3_DEFAULT_KEY_BUFFER_SIZE: '100000000' },
  })
  const endpoint = `http://127.0.0.1:${port}`
  const s3 = s3OptionsOf(endpoint)
  const client = new S3Client({ ...(s3 as object), maxAttempts: 5 })
  afterAll(async () => {
    client.destroy()
    child.kill()
    if (child.exitCode === null) await once(child, 'exit')
  })
  await until(async () => (await fetch(`${endpoint}/moto-api/`)).ok, child)
  return { endpoint, s3, client }
}

async function until(isReady: () => Promise<boolean>, child: { readonly exitCode: number | null }): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`the S3 server ended with ${child.exitCode}`)
    if (await isReady().catch(() => false)) return
    await new Promise((go) => setTimeout(go, 100))
  }
  throw new Error('the S3 server does not answer')
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}
