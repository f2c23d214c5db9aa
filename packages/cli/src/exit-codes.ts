import type { ErrorKind } from '@traillake/core'

/** What the exit code of `traillake` means; scripts rely on these. */
export const EXIT = {
  /** All good. */
  ok: 0,
  /** The request cannot be answered: bad SQL, an unknown store, a path that does not exist. */
  user: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** Finished, but something was quarantined or failed. */
  incomplete: 3,
  /** Disk, network, rights, memory. */
  environment: 4,
  /** A bug of ours. */
  bug: 70,
  /** Stopped by Ctrl-C, as shells count it. */
  interrupted: 130,
} as const

export const exitCodeOfKind: Readonly<Record<ErrorKind, number>> = {
  USER_ERROR: EXIT.user,
  INSUFFICIENT_RESOURCES: EXIT.environment,
  EXTERNAL: EXIT.environment,
  INTERNAL_ERROR: EXIT.bug,
}
