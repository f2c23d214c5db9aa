import { randomUUID } from 'node:crypto'
import type { Lake } from '@traillake/core'

const KIND = 'servers'
const LEASE_MS = 30_000
const RENEW_MS = 10_000

interface LeaseDocument {
  /** ISO time; what this server owns is abandoned after it. */
  readonly until: string
}

/**
 * A server's word that it is alive, renewed as long as it has work: others take what belongs to an expired one for abandoned.
 * Clocks of machines that share a lake must agree within seconds.
 */
export interface Lease {
  readonly serverId: string
  /** Returns once the lease is good for a while; keeps it so until `release` was called as often. */
  hold(): Promise<void>
  release(): void
  /** Whether the server of this id (this one or another) may still be at work. */
  isAlive(serverId: string): Promise<boolean>
  /** Called at each renewal. */
  onRenew(listener: () => void): void
  /** Ends the lease at once. */
  close(): Promise<void>
}

export function createLease(lake: Lake, { leaseMs = LEASE_MS, renewMs = RENEW_MS } = {}): Lease {
  const serverId = randomUUID()
  const listeners: (() => void)[] = []
  let holders = 0
  let goodUntil = 0
  let renewing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const write = async (until: number) => {
    await lake.documents.update<LeaseDocument>(KIND, serverId, () => ({ until: new Date(until).toISOString() }))
    goodUntil = until
    await lake.documents.trim(KIND, serverId)
  }
  const renew = () => {
    renewing ??= write(Date.now() + leaseMs).finally(() => {
      renewing = undefined
    })
    return renewing
  }
  const tick = () => {
    // A renewal that fails is tried again at the next tick: the lease outlasts three of them.
    renew().catch(() => undefined)
    for (const listener of listeners) listener()
  }

  return {
    serverId,
    async hold() {
      holders += 1
      timer ??= setInterval(tick, renewMs).unref()
      if (goodUntil - Date.now() < leaseMs / 2) await renew()
    },
    release() {
      holders -= 1
      if (holders > 0) return
      clearInterval(timer)
      timer = undefined
    },
    async isAlive(id) {
      if (id === serverId) return true
      const lease = await lake.documents.read<LeaseDocument>(KIND, id)
      return lease !== undefined && Date.parse(lease.value.until) > Date.now()
    },
    onRenew(listener) {
      listeners.push(listener)
    },
    async close() {
      clearInterval(timer)
      await renewing?.catch(() => undefined)
      if (goodUntil > 0) await lake.documents.remove(KIND, serverId).catch(() => undefined)
    },
  }
}
