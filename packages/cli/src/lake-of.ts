import type { Lake } from '@traillake/core'
import type { Command } from 'commander'

/** The folder that `--lake` names, given before or after the command, in the environment or in the settings file. */
export function lakeLocation(command: Command): string {
  for (let at: Command | null = command; at; at = at.parent) {
    const { lake } = at.opts<{ lake?: string }>()
    if (lake !== undefined && (at.getOptionValueSource('lake') !== 'default' || at.parent === null)) return lake
  }
  return './lake'
}

/** Opens the lake of a command, runs `use`, and closes it whatever happens. */
export async function withLake<T>(
  command: Command,
  options: { readonly create?: boolean; readonly readOnly?: boolean },
  use: (lake: Lake) => Promise<T>,
): Promise<T> {
  const { openLake } = await import('@traillake/core')
  const lake = await openLake(lakeLocation(command), options)
  try {
    return await use(lake)
  } finally {
    await lake.close()
  }
}

/** A signal that Ctrl-C aborts; a second Ctrl-C ends the process at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => {
    process.stderr.write('\nstopping … (Ctrl-C again to stop at once)\n')
    controller.abort()
  })
  return controller.signal
}
