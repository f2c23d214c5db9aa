// For the programs beside it, which run the compiled library as the type check leaves it in `build/`.
const build = new URL('../../../build/', import.meta.url)

/** Loads a module of the library. */
export const load = (path) => import(new URL(path, build))

/** Says an event, a JSON line each. */
export const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`)

/** Opens the lake of a location, as the tests reach it; `s3` as `openLake` takes it where another way is meant. */
export async function openLake(
  location,
  { create = false, s3 = JSON.parse(process.env.TRAILLAKE_TEST_S3 ?? 'null') } = {},
) {
  const { createLakeContext, openLakeFile } = await load('lake/index.js')
  const { openObjectStore } = await load('storage/index.js')
  const storageOptions = s3 ? { s3 } : {}
  const storage = await openObjectStore(location, storageOptions)
  return createLakeContext(storage, await openLakeFile(storage, { create }), { storageOptions })
}
