/** What a reader of archives found wrong, as a reason: lower case, no final period. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.charAt(0).toLowerCase() + message.slice(1).replace(/\.$/, '')
}
