import picocolors from 'picocolors'

/** Colours for standard output and for standard error: each only where that stream is a terminal. NO_COLOR and FORCE_COLOR win. */
export const outColors = picocolors.createColors(isWanted(process.stdout))
export const errorColors = picocolors.createColors(isWanted(process.stderr))

// picocolors would ask about standard output alone, and colour the logs of every CI.
function isWanted(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR) return false
  if (process.env.FORCE_COLOR) return process.env.FORCE_COLOR !== '0'
  return stream.isTTY === true && process.env.TERM !== 'dumb'
}
