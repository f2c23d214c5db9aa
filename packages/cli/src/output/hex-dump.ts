const WIDTH = 16

/** Bytes as lines of an offset, sixteen bytes in hex, and the same as text where they are printable ASCII. */
export function hexDump(bytes: Buffer): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const part = bytes.subarray(at, at + WIDTH)
    const hex = part.toString('hex').replace(/(..)(?=.)/g, '$1 ')
    const text = part.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(WIDTH * 3 - 1)}  ${text}\n`)
  }
  return lines.join('')
}
