import { compress, init } from '@bokuweb/zstd-wasm'
import type { Compress } from './column-chunk.ts'

/** The fastest level: what it writes is written again by compaction. */
const LEVEL = 1

let loaded: Promise<Compress> | undefined

/** zstd as WebAssembly: Node has its own from version 22.15 on. */
export function loadZstd(): Promise<Compress> {
  loaded ??= init().then(() => (bytes) => compress(bytes as Buffer, LEVEL))
  return loaded
}
