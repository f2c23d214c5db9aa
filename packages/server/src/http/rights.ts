import type { Catalog } from '@traillake/core/sql'
import { type Caller, isAllowed } from '../auth/caller.ts'
import type { ServerContext } from '../context.ts'

/** Whether a caller may query all that a statement names; what is no store needs a right that is bound to none. */
export async function mayQuery(
  { lake, queries }: ServerContext,
  caller: Caller,
  statement: string,
  values: { readonly placeholders?: Readonly<Record<string, string>> },
): Promise<boolean> {
  const stores = await lake.listEventDataStores()
  // Without policies there is nothing to look at, and the statement need not be read twice.
  if (!caller.policy && stores.every((store) => store.resourcePolicy === undefined)) return true
  return isAllowedFor(caller, 'StartQuery', await queries.storesOf(statement, values), stores)
}

/** Whether a caller may do something to all stores of these ids. */
export async function mayUse(
  { lake }: ServerContext,
  caller: Caller,
  operation: string,
  ids: readonly string[],
): Promise<boolean> {
  return isAllowedFor(caller, operation, ids, await lake.listEventDataStores())
}

type Stores = Awaited<ReturnType<ServerContext['lake']['listEventDataStores']>>

function isAllowedFor(caller: Caller, operation: string, ids: readonly string[], stores: Stores): boolean {
  const isAllowedOf = (id: string) =>
    isAllowed(
      caller,
      operation,
      stores.find((store) => store.id === id),
    )
  return ids.length === 0 ? isAllowed(caller, operation) : ids.every(isAllowedOf)
}

/** What statements of a caller may name: stores that it may not look at are not there. */
export async function visibleCatalog({ lake }: ServerContext, caller: Caller): Promise<Catalog> {
  const catalog = await lake.catalog()
  const hidden = (await lake.listEventDataStores()).filter((store) => !isAllowed(caller, 'GetEventDataStore', store))
  if (hidden.length === 0) return catalog
  const ids = new Set(hidden.map(({ id }) => id))
  const names = new Set(hidden.map(({ name }) => name))
  return {
    table(parts) {
      const table = catalog.table(parts)
      return table && ids.has(table.id) ? undefined : table
    },
    // A view shows what its reader may look at: the stores in it are found by the function above.
    view: (name) => catalog.view?.(name),
    tableNames: () => catalog.tableNames().filter((name) => !names.has(name)),
  }
}
