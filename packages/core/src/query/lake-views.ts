import { didYouMean, TraillakeError } from '../errors/index.ts'
import { type Document, documentReader, updateDocument } from '../lake/documents.ts'
import type { LakeContext } from '../lake/lake-context.ts'
import type { CatalogView } from '../sql/catalog.ts'
import { translate } from '../sql/translate.ts'
import { checkDocumentName } from './check-options.ts'
import type { PlanContext } from './plan-query.ts'

/** A query that can be named in FROM. */
export interface View extends CatalogView {
  readonly description?: string
  readonly updatedAt: string
}

/** Views of a lake: FROM finds them after WITH names and stores. Letter case of names does not count. */
export interface LakeViews {
  /** By name. */
  list(): Promise<readonly View[]>
  /** Throws VIEW_NOT_FOUND. */
  get(name: string): Promise<View>
  /**
   * Makes a view, or replaces that of the same name. It is translated as it would be in a query: what it names must be there, and it
   * must not read itself.
   *
   * Errors: those of a query's text, INVALID_OPTION for a name that is none or that of a store, LAKE_READ_ONLY.
   */
  create(name: string, sql: string, options?: { readonly description?: string }): Promise<View>
  /** Views and queries that read it are refused from then on. Errors: VIEW_NOT_FOUND, LAKE_READ_ONLY. */
  drop(name: string): Promise<void>
}

/** All views are one document, which is never trimmed. */
const KIND = 'views'
const ID = 'catalog'

/** By name in lower case. */
type ViewCatalog = Readonly<Record<string, View>>

/** The views of a lake by name in lower case; the same object until one changes. */
export function viewReader(lake: LakeContext): () => Promise<ReadonlyMap<string, View>> {
  const read = documentReader<ViewCatalog>(lake.storage, KIND, ID)
  let document: Document<ViewCatalog> | undefined
  let views: ReadonlyMap<string, View> = new Map()
  return async () => {
    const newest = await read()
    if (newest && newest !== document) views = new Map(Object.entries(newest.value))
    document = newest
    return views
  }
}

export function createLakeViews(context: PlanContext, requireOpen: () => void): LakeViews {
  const { lake } = context
  const change = async (operation: string, next: (views: ViewCatalog) => ViewCatalog) => {
    await lake.requireWritable(operation)
    await updateDocument<ViewCatalog>(lake.storage, KIND, ID, (views = {}) => next(views))
  }

  async function get(name: string): Promise<View> {
    requireOpen()
    const views = await context.views()
    const found = views.get(String(name).toLowerCase())
    if (found) return found
    const names = [...views.values()].map((view) => view.name)
    throw new TraillakeError('VIEW_NOT_FOUND', { view: name }, { hint: didYouMean(name, names) })
  }

  return {
    get,
    async list() {
      requireOpen()
      return [...(await context.views()).values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async create(name, sql, { description } = {}) {
      requireOpen()
      checkDocumentName(name)
      const key = name.toLowerCase()
      const catalog = await context.catalog()
      if (catalog.stores.some((store) => store.name.toLowerCase() === key))
        throw new TraillakeError('INVALID_OPTION', { option: 'name', reason: `${name} is an event data store` })
      const view: View = { name, sql, ...(description ? { description } : {}), updatedAt: new Date().toISOString() }
      const known = (wanted: string) => (wanted.toLowerCase() === key ? view : catalog.view(wanted))
      translate(`SELECT * FROM ${quoteName(name)}`, { catalog: { ...catalog, view: known } })
      await change('create a view', (views) => ({ ...views, [key]: view }))
      return view
    },
    async drop(name) {
      const { name: known } = await get(name)
      await change('drop a view', ({ [known.toLowerCase()]: _, ...others }) => others)
    },
  }
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
