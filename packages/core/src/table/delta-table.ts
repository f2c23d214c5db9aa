import type { ObjectStore } from '../storage/object-store.ts'
import type { CreateTableOptions, OpenTableOptions, Table } from './types.ts'

/** Writes version 0 of a new table. COMMIT_CONFLICT when there is a table already. */
export async function createTable(_store: ObjectStore, _root: string, _options: CreateTableOptions): Promise<Table> {
  throw new Error('being written')
}

/** Opens a table and reads its newest state. SOURCE_NOT_FOUND when there is no log. */
export async function openTable(_store: ObjectStore, _root: string, _options: OpenTableOptions = {}): Promise<Table> {
  throw new Error('being written')
}

/** True when `root` holds a Delta log. */
export async function tableExists(_store: ObjectStore, _root: string): Promise<boolean> {
  throw new Error('being written')
}
