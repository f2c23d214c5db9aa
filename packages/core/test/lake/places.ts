import { cpSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CopyObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3'
import { afterAll } from 'vitest'
import { mapLimited } from '../../src/lake/import/map-limited.ts'
import { type ObjectInfo, type ObjectStore, openLocalStore, type StorageOptions } from '../../src/storage/index.ts'
import { openS3Store } from '../../src/storage/s3/store.ts'
import { newBucket } from '../s3/buckets.ts'
import { startS3 } from '../s3/moto.ts'

/** Do the lakes of tests lie on an S3 server? With TRAILLAKE_TEST_STORAGE=s3 they do, else on the disk. */
export const onS3 = process.env.TRAILLAKE_TEST_STORAGE === 's3'

/** Long tests do a part of their work where each call takes a while, unless the whole is asked for. */
export const isShort = onS3 && process.env.TRAILLAKE_SOAK !== '1'

/** Of this test file alone: requests of other files would wait in its one thread. */
const server = onS3 ? await startS3() : undefined
const bucket = server && (await newBucket(server))
const AT_ONCE = 8

/** How to reach the places of lakes. */
export const storageOptions: StorageOptions = server ? { s3: server.s3 } : {}
if (server) {
  // For the programs that tests start, too; what is staged for a lake in S3 lies in the temporary folder, here that of this test file.
  process.env.TRAILLAKE_TEST_S3 = JSON.stringify(server.s3)
  process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'traillake-test-'))
  afterAll(() => rmSync(tmpdir(), { recursive: true, force: true }))
}

const folders: string[] = []
let places = 0

/** A new folder that goes with the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'traillake-test-'))
  folders.push(folder)
  return folder
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** A place for a lake where there is none yet: a folder, which goes with the test, or a prefix of a bucket. */
export function newLakePlace(): string {
  return bucket === undefined ? newFolder() : `s3://${bucket}/lakes/${++places}`
}

/** Times that tests have given to objects: in S3 nobody can. */
const times = new Map<string, number>()

/** The store of a place. */
export function openStore(place: string): ObjectStore {
  if (!place.startsWith('s3://')) return openLocalStore(place)
  const store = openS3Store(place, storageOptions.s3)
  const timed = (info: ObjectInfo): ObjectInfo => ({
    ...info,
    modifiedMs: times.get(store.uri(info.key)) ?? info.modifiedMs,
  })
  return {
    ...store,
    async head(key) {
      const info = await store.head(key)
      return info && timed(info)
    },
    async *list(prefix, options) {
      for await (const info of store.list(prefix, options)) yield timed(info)
    },
  }
}

/** Gives an object the time at which it was written. */
export function setModified(store: ObjectStore, key: string, ms: number): void {
  const path = store.localPath(key)
  if (path === undefined) times.set(store.uri(key), ms)
  else utimesSync(path, ms / 1000, ms / 1000)
}

/** Keys of a store that begin with a prefix, in order. */
export async function keysOf(store: ObjectStore, prefix = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list(prefix)) keys.push(key)
  return keys
}

/** Copies the whole of a lake to a new place, and gives it. */
export async function copyLake(place: string): Promise<string> {
  const copy = newLakePlace()
  if (server === undefined) cpSync(place, copy, { recursive: true, preserveTimestamps: true })
  else {
    const [from, to] = [openStore(place), openStore(copy)]
    await mapLimited(await keysOf(from), AT_ONCE, async (key) => {
      const target = { Bucket: bucket, Key: keyIn(to, key) }
      await server.client.send(
        new CopyObjectCommand({ ...target, CopySource: `${bucket}/${encodeURIComponent(keyIn(from, key))}` }),
      )
    })
  }
  return copy
}

/** Takes a lake away, so that it is not kept until the tests of the file are done. */
export async function removeLake(place: string): Promise<void> {
  if (server === undefined) return rmSync(place, { recursive: true, force: true })
  const store = openStore(place)
  const keys = await keysOf(store)
  for (let at = 0; at < keys.length; at += 1000) {
    const Objects = keys.slice(at, at + 1000).map((key) => ({ Key: keyIn(store, key) }))
    await server.client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }))
  }
}

/** The key of an object in the bucket. */
const keyIn = (store: ObjectStore, key: string) => store.uri(key).slice(`s3://${bucket}/`.length)
