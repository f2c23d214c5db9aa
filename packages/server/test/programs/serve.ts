import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach } from 'vitest'

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

/** A server in a process of its own, as it ships. */
export async function serve(folder: string): Promise<{ readonly url: string; kill(): Promise<void> }> {
  const program = fileURLToPath(new URL('serve.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  started.push(child)
  const { value } = await createInterface({ input: child.stdout! })[Symbol.asyncIterator]().next()
  return {
    url: value as string,
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
