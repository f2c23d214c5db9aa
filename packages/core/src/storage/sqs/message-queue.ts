/** A message as a queue gave it; it is there until it is deleted. */
export interface QueueMessage {
  readonly id: string
  /** What deletes it. */
  readonly receipt: string
  readonly body: string
}

/** A queue whose messages come at least once, in any order. */
export interface MessageQueue {
  /** Some messages, hidden from other receivers for as long as the queue says; none where none came within `waitSeconds`. */
  receive(options: { readonly waitSeconds: number; readonly signal?: AbortSignal }): Promise<readonly QueueMessage[]>
  delete(messages: readonly QueueMessage[]): Promise<void>
  close(): void
}
