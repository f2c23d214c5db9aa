import { TraillakeError } from '../errors/index.ts'
import { invalidOption } from './check-options.ts'
import type { LakeFile } from './lake-file.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const NAME = /^[A-Za-z0-9._-]{3,128}$/
/** Names that mean something else in FROM. */
const RESERVED: ReadonlySet<string> = new Set(['traillake', 'information_schema'])

/** Throws INVALID_EVENT_DATA_STORE_NAME for a name that no store can have. */
export function checkStoreName(name: string): void {
  const refuse = (reason: string) => new TraillakeError('INVALID_EVENT_DATA_STORE_NAME', { name, reason })
  if (typeof name !== 'string') throw refuse('a name is text')
  if (name.length < 3 || name.length > 128) throw refuse('it must have 3 to 128 characters')
  if (!NAME.test(name)) throw refuse('only letters, digits, ".", "_" and "-" are allowed')
  if (UUID.test(name)) throw refuse('it has the form of an id')
  if (RESERVED.has(name.toLowerCase())) throw refuse('it is reserved')
}

/** How a text names a store. Ids are in lower case. */
export type StoreReference =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'arn'; readonly id: string; readonly arn: string }
  | { readonly kind: 'name'; readonly name: string }

/** Tells an id and an ARN from a name; whether there is such a store is another question. */
export function parseStoreReference(text: string): StoreReference {
  if (UUID.test(text)) return { kind: 'id', id: text.toLowerCase() }
  const arn = /^arn:[^:]*:cloudtrail:[^:]*:[^:]*:eventdatastore\/(.+)$/i.exec(text)
  if (arn) return { kind: 'arn', id: arn[1]!.toLowerCase(), arn: text.toLowerCase() }
  return { kind: 'name', name: text }
}

/** `arn:aws:cloudtrail:us-east-1:000000000000:eventdatastore/<id>` */
export function storeArn(lake: LakeFile, storeId: string): string {
  return `arn:${lake.partition}:cloudtrail:${lake.region}:${lake.accountId}:eventdatastore/${storeId}`
}

/** What names a store: its name, its id, its ARN in this lake, and the one it had before. */
export interface NamedStore {
  readonly id: string
  readonly name: string
  readonly formerArn?: string
}

/** Does a reference mean this store? Letter case does not count. */
export function matchesReference(lake: LakeFile, store: NamedStore, wanted: StoreReference): boolean {
  if (wanted.kind === 'name') return store.name.toLowerCase() === wanted.name.toLowerCase()
  if (store.id !== wanted.id) return false
  const arns = [storeArn(lake, store.id), store.formerArn]
  return wanted.kind === 'id' || arns.some((arn) => arn?.toLowerCase() === wanted.arn)
}

/** The id that an event data store has by its ARN. Errors: INVALID_OPTION. */
export function idOfArn(arn: string): string {
  const reference = typeof arn === 'string' ? parseStoreReference(arn) : undefined
  if (reference?.kind === 'arn' && UUID.test(reference.id)) return reference.id
  throw invalidOption('formerArn', 'must be the ARN of an event data store')
}
