import { MessageChannel } from 'node:worker_threads'

const { port1: sender, port2: nobody } = new MessageChannel()
nobody.close()

/**
 * Frees the memory of a large buffer at once, which otherwise waits for the garbage collector: V8 goes through all that is old for
 * every few megabytes of buffers that come up. What is transferred to a closed port is gone.
 *
 * @param bytes that nobody else points into; they are empty afterwards
 */
export function discard(bytes: Uint8Array): void {
  const { buffer } = bytes
  // Small buffers share one.
  if (buffer instanceof ArrayBuffer && buffer.byteLength > Buffer.poolSize) sender.postMessage(undefined, [buffer])
}
