import { CommanderError } from 'commander'
import { EXIT } from './exit-codes.ts'
import { reportError } from './output/report-error.ts'
import { createProgram } from './program.ts'

/** Runs one command line (without node and script) and gives its exit code; never throws. */
export async function run(args: readonly string[]): Promise<number> {
  // A reader that goes away (`| head`) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok)
    throw error
  })
  const program = createProgram()
  try {
    if (args.length === 0) {
      program.outputHelp()
      return EXIT.ok
    }
    await program.parseAsync(args, { from: 'user' })
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.ok
  } catch (error) {
    // Commander has printed its own complaint; help and version come here with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    return reportError(error)
  }
}
