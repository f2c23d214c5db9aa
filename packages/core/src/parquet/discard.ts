import { MessageChannel } from 'node:worker_threads'

const { port1: sender, port2: nobody } = new MessageChannel()
nobody.close()

/**
 * Frees the memory of a large array at once, which otherwise waits for the garbage collector: V8 goes through all that is old for
 * every few megabytes of them that come up. What is transferred to a closed port is gone.
 *
 * @param array that nobody else points into; it is empty afterwards
 */
export function discard({ buffer }: Uint8Array | Int32Array): void {
  // Small buffers share one.
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) sender.postMessage(undefined, [buffer])
}
