import { type HeldTexts, TextMemory } from './held-texts.ts'
import { Identities } from './identities.ts'
import { Rows } from './rows.ts'

/** More rows than this, of a large stream, are not kept room for. */
const MOST_ROWS = 1 << 18

/** What a batch takes memory for, until it is written. */
export interface BatchLease {
  readonly texts: HeldTexts
  readonly rows: Rows
  readonly identities: Identities
  /** Gives the memory back: nothing of it must be looked at any more. */
  release(): void
}

/**
 * Memory of batches, which serves again: V8 goes through all objects of a thread when a few megabytes more have been asked for than
 * its objects take, and these are few.
 */
export class BatchMemory {
  private readonly texts = new TextMemory()
  private readonly free: Identities[] = []

  /** For one batch. */
  lease(): BatchLease {
    const texts = this.texts.lease()
    const identities = this.free.pop() ?? new Identities(new Rows())
    const { rows } = identities
    return {
      texts,
      rows,
      identities,
      release: () => {
        texts.release()
        if (rows.count > MOST_ROWS) return
        rows.clear()
        identities.clear()
        this.free.push(identities)
      },
    }
  }
}
