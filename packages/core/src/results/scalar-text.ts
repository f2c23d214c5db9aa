import type { LakeType } from '../schema/index.ts'
import { doubleText } from './number-text.ts'
import type { Scalar } from './scalars.ts'

/** Prints a scalar as Trino does; bytes are base64. */
export function scalarText(type: LakeType): (value: Scalar) => string {
  switch (type.kind) {
    case 'real':
    case 'double':
      return (value) => doubleText(value as number)
    case 'varbinary':
      return (value) => base64(value as Uint8Array)
    default:
      return String
  }
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
