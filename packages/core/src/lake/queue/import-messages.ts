import { isTraillakeError } from '../../errors/index.ts'
import type { MessageQueue, QueueMessage } from '../../storage/index.ts'
import { importAndCompact } from '../compact/import-and-compact.ts'
import { type ImportSource, openImportSource } from '../import/discover.ts'
import { keyIn, type ListedKey, withKeys } from '../import/key-list.ts'
import { type LakeContext, sourceStorage } from '../lake-context.ts'
import type { ImportOptions, LeftMessage, WatchRound } from '../types.ts'
import { readNotification } from './notifications.ts'

/** How long a look waits for the first message: no longer is possible. */
const WAIT_SECONDS = 20
/** Messages in one import. */
const MOST_MESSAGES = 500

/**
 * Waits for messages, imports what they name, and deletes them once it is committed. Messages that cannot be understood, that name objects outside
 * of the sources, or whose objects cannot be read are left in the queue and told.
 *
 * Errors: those of `import` and of the queue; the messages are left then.
 */
export async function importMessages(
  lake: LakeContext,
  queue: MessageQueue,
  names: readonly string[],
  options: ImportOptions & { readonly signal: AbortSignal },
): Promise<WatchRound> {
  const messages = await receiveSome(queue, options.signal)
  if (messages.length === 0) return {}
  const sources = await Promise.all(names.map((name) => openImportSource(name, sourceStorage(lake, options))))
  const left: LeftMessage[] = []
  const named = new Map<QueueMessage, readonly ListedKey[]>()
  for (const message of messages) {
    const listed = readNotification(message.body)
    const elsewhere = listed?.find(({ uri }) => sources.every((source) => keyIn(source, uri) === undefined))
    if (listed && !elsewhere) named.set(message, listed)
    else
      left.push({
        id: message.id,
        reason: elsewhere ? `${elsewhere.uri} lies in none of the sources` : 'it is no notification of new objects',
      })
  }
  const unread = new Map<string, string>()
  const report = await importListed(lake, sources, [...named.values()].flat(), options, unread)
  const done: QueueMessage[] = []
  for (const [message, listed] of named) {
    const missed = listed.find(({ uri }) => unread.has(uri))
    if (missed) left.push({ id: message.id, reason: `${missed.uri} could not be read: ${unread.get(missed.uri)}` })
    else done.push(message)
  }
  await queue.delete(done)
  return { ...(report ? { report } : {}), messages: { received: messages.length, deleted: done.length, left } }
}

/** The messages that are there, waiting for the first one. */
async function receiveSome(queue: MessageQueue, signal: AbortSignal): Promise<readonly QueueMessage[]> {
  const messages: QueueMessage[] = []
  while (messages.length < MOST_MESSAGES) {
    const waitSeconds = messages.length === 0 ? WAIT_SECONDS : 0
    const more = await queue.receive({ waitSeconds, signal })
    if (more.length === 0) break
    messages.push(...more)
  }
  return messages
}

/** @param unread is told the objects that could not be read, and why */
async function importListed(
  lake: LakeContext,
  sources: readonly ImportSource[],
  listed: readonly ListedKey[],
  options: ImportOptions,
  unread: Map<string, string>,
) {
  const there: ListedKey[] = []
  // A notification that does not tell size and etag may be of an object that is gone again.
  for (const one of listed) {
    const source = sources.find((each) => keyIn(each, one.uri) !== undefined)!
    const info = one.info ?? (await source.store.head(keyIn(source, one.uri)!))
    if (info) there.push({ uri: one.uri, info })
    else unread.set(one.uri, 'it is not there')
  }
  if (there.length === 0) return undefined
  try {
    return await importAndCompact(lake, [], options, {
      sources: await withKeys(sources, there),
      onUnread: (uri, reason) => unread.set(uri, reason),
    })
  } catch (error) {
    // None of them is a log file: digests, say.
    if (isTraillakeError(error, 'NO_LOG_FILES')) return undefined
    throw error
  }
}
