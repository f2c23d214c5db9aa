import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as current from '@aws-sdk/client-cloudtrail'
import * as older from 'client-cloudtrail-3787'

/** What came of a call: the output (moments as `{ $date: ms }`), or the error by its name. */
export type Outcome =
  | { readonly output: Record<string, unknown> }
  | { readonly error: string; readonly message: string }

/** A real client of AWS. */
export interface Client {
  /** @param input moments as `{ $date: ms }` */
  call(operation: string, input: object): Promise<Outcome>
  close(): void
}

export const KEYS = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }

/** A Python with boto3 and awscli; tests with it are left out where there is none. */
export const python = process.env.TRAILLAKE_AWS_PYTHON

export const clients: Readonly<Record<string, (endpoint: string) => Client>> = {
  'JS SDK 3.1137': (endpoint) => jsClient(current as unknown as Sdk, endpoint),
  'JS SDK 3.787': (endpoint) => jsClient(older as unknown as Sdk, endpoint),
  ...(python
    ? { boto3: (endpoint) => botoClient(python!, endpoint), 'AWS CLI': (endpoint) => cliClient(python!, endpoint) }
    : {}),
}

interface Sdk {
  readonly CloudTrailClient: new (options: object) => { send(command: object): Promise<object>; destroy(): void }
  readonly [command: string]: new (input: object) => object
}

function jsClient(sdk: Sdk, endpoint: string): Client {
  const client = new sdk.CloudTrailClient({ endpoint, region: 'us-east-1', credentials: KEYS })
  return {
    async call(operation, input) {
      try {
        const { $metadata: _, ...output } = (await client.send(
          new sdk[`${operation}Command`]!(mapDates(input, (ms) => new Date(ms)) as object),
        )) as Record<string, unknown>
        return { output: fromDates(output) as Record<string, unknown> }
      } catch (error) {
        const { name, message, $metadata } = error as Error & { $metadata?: { requestId?: string } }
        // What the SDK refuses by itself was never sent.
        if (!$metadata?.requestId) throw error
        return { error: name, message }
      }
    },
    close: () => client.destroy(),
  }
}

/** @param executable a Python that has boto3 */
export function botoClient(executable: string, endpoint: string): Client {
  const script = fileURLToPath(new URL('boto.py', import.meta.url))
  const child: ChildProcess = spawn(executable, [script, endpoint], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey },
  })
  const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return {
    async call(operation, input) {
      child.stdin!.write(`${JSON.stringify([operation, input])}\n`)
      const { value, done } = await answers.next()
      if (done) throw new Error('boto3 ended')
      return JSON.parse(value) as Outcome
    },
    close: () => child.stdin!.end(),
  }
}

function cliClient(executable: string, endpoint: string): Client {
  return {
    call(operation, input) {
      const command = operation.replace(/(?<!^)([A-Z])/g, '-$1').toLowerCase()
      const given = JSON.stringify(mapDates(input, (ms) => new Date(ms).toISOString()))
      const args = [
        '-m',
        'awscli',
        'cloudtrail',
        command,
        '--cli-input-json',
        given,
        '--output',
        'json',
        '--no-paginate',
      ]
      return new Promise((resolve, reject) => {
        const env = {
          ...process.env,
          AWS_ENDPOINT_URL_CLOUDTRAIL: endpoint,
          AWS_DEFAULT_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
          AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
        }
        execFile(executable, args, { env, maxBuffer: 1 << 26 }, (failure, stdout, stderr) => {
          const [, error, message = ''] = /An error occurred \((\w+)\)[^:]*: ([\s\S]*)/.exec(stderr) ?? []
          if (error !== undefined) resolve({ error, message: message.trim() })
          else if (failure) reject(new Error(stderr))
          else resolve({ output: stdout.trim() === '' ? {} : JSON.parse(stdout) })
        })
      })
    },
    close: () => undefined,
  }
}

function mapDates(value: unknown, make: (ms: number) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapDates(item, make))
  if (typeof value !== 'object' || value === null) return value
  if ('$date' in value) return make(value.$date as number)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, mapDates(member, make)]))
}

function fromDates(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.getTime() }
  if (Array.isArray(value)) return value.map(fromDates)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fromDates(member)]))
}
