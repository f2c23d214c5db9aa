import { type Command, Option } from 'commander'
import { wholeNumber } from '../arguments.ts'
import { interruptSignal, withLake } from '../lake-of.ts'

export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('answer queries over HTTP: GET /health, POST /v1/queries')
    .addOption(
      new Option('-p, --port <port>', 'port to listen on; 0 picks a free one')
        .argParser(wholeNumber(0))
        .env('TRAILLAKE_PORT')
        .default(4580),
    )
    .addOption(
      new Option('--host <address>', 'loopback address to listen on').env('TRAILLAKE_HOST').default('127.0.0.1'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ traillake serve --port 4580
  $ curl -s localhost:4580/v1/queries -H 'content-type: application/json' -d '{"statement": "SELECT count(*) FROM org"}'`,
    )
    .action(async (flags: { port: number; host: string }, command: Command) => {
      const { startServer } = await import('@traillake/server')
      await withLake(command, { readOnly: true }, async (lake) => {
        const signal = interruptSignal()
        const server = await startServer({ lake, port: flags.port, host: flags.host })
        process.stdout.write(`traillake listens on ${server.url}\n`)
        process.once('SIGTERM', () => process.emit('SIGINT'))
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
        await server.close()
      })
    })
}
