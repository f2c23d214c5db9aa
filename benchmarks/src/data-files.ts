import { join } from 'node:path'
import { openLake } from '@traillake/core'

/** The paths of the data files of a lake with one store, as its newest version names them. */
export async function dataFiles(location: string): Promise<readonly string[]> {
  const lake = await openLake(location, { readOnly: true })
  const [store] = await lake.listEventDataStores()
  const rows = await (await lake.query('SELECT path FROM traillake.data_files')).toArray()
  await lake.close()
  return rows.map((row) =>
    join(location, `stores/${store!.id}/events`, decodeURIComponent((row as { path: string }).path)),
  )
}
