import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { LayoutName } from '../../src/schema/index.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
export const trails = join(root, 'test-data/trails')
const sharedTrails = join(root, '../shared/data')

export interface Golden {
  readonly file: string
  readonly index?: number
  readonly store?: 'events' | 'config' | 'activity' | 'insight'
  readonly row?: Readonly<Record<string, unknown>>
  readonly unusable?: string
}

export const layoutOfStore = {
  events: 'events',
  config: 'configuration',
  activity: 'activity',
  insight: 'insights',
} as const satisfies Record<string, LayoutName>

/** The golden rows: all of them where the sets that may not be passed on are at hand, else those of test-data. */
export function readGoldens(): readonly Golden[] {
  const shared = join(root, '../shared/golden/events.jsonl.gz')
  const path = existsSync(shared) ? shared : join(root, 'test-data/golden/events.jsonl.gz')
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Golden)
}

/** The bytes of a raw file named as the goldens name it; undefined where this checkout does not have it. */
export function readTrailFile(file: string): Buffer | undefined {
  const path = [join(trails, file), join(sharedTrails, file)].find((candidate) => existsSync(candidate))
  return path === undefined ? undefined : readFileSync(path)
}

/** Every file of a set, as paths under `trails`, in order. */
export function trailFiles(set: string): readonly string[] {
  return readdirSync(join(trails, set), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(trails.length + 1))
    .sort()
}
