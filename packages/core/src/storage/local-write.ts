import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, type FileHandle, link, mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoOf } from './errors.ts'
import { TEMPORARY_PREFIX } from './keys.ts'

/** Writes `bytes` durably to `path`, over what may be there. */
export async function writeOver(path: string, bytes: Uint8Array): Promise<void> {
  await withTemporary(path, bytes, (temporary) => rename(temporary, path))
}

/** Writes `bytes` durably to `path` if nothing is there. */
export async function writeIfAbsent(path: string, bytes: Uint8Array): Promise<boolean> {
  let won = false
  await withTemporary(path, bytes, async (temporary) => {
    won = await linkIfAbsent(temporary, path)
    await unlink(temporary)
  })
  return won
}

/** Moves a finished file to `path`, durably. False when something is there: then the file stays where it was. */
export async function moveIfAbsent(from: string, path: string): Promise<boolean> {
  const folder = dirname(path)
  await makeFolder(folder)
  await syncFile(from)
  let won: boolean
  try {
    won = await linkIfAbsent(from, path)
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error
    won = await copyIfAbsent(from, path)
  }
  if (!won) return false
  await unlink(from)
  await syncFolder(folder)
  return true
}

async function copyIfAbsent(from: string, path: string): Promise<boolean> {
  const temporary = temporaryBeside(path)
  try {
    await copyFile(from, temporary, constants.COPYFILE_EXCL)
    await syncFile(temporary)
    return await linkIfAbsent(temporary, path)
  } finally {
    await removeQuietly(temporary)
  }
}

/** `link` never overwrites. Where an answer was lost on the way (NFS repeats calls), the count of links tells who won. */
async function linkIfAbsent(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    return (await stat(temporary)).nlink > 1
  }
}

async function withTemporary(
  path: string,
  bytes: Uint8Array,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path)
  await makeFolder(folder)
  const temporary = temporaryBeside(path)
  try {
    const file = await open(temporary, 'wx', 0o666)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await place(temporary)
  } catch (error) {
    await removeQuietly(temporary)
    throw error
  }
  await syncFolder(folder)
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `${TEMPORARY_PREFIX}${process.pid}-${randomUUID()}`)
}

/** Makes a folder and those above it, and makes their being there durable. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made))
    if (made === first || made === dirname(made)) return
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Some file systems cannot sync a folder and say EINVAL or ENOTSUP; there is nothing more to do on those. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined
  try {
    handle = await open(folder, 'r')
    await handle.sync()
  } catch (error) {
    const code = errnoOf(error)
    if (code !== 'EINVAL' && code !== 'ENOTSUP') throw error
  } finally {
    await handle?.close()
  }
}

export async function removeQuietly(path: string): Promise<void> {
  await unlink(path).catch(() => undefined)
}
