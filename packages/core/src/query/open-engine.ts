import { openProcessEngine } from '../engine/process/process-engine.ts'
import { openQueryEngine, type QueryEngine } from '../engine/query-engine.ts'
import type { SandboxOptions } from '../engine/sandbox.ts'

/** Where queries run: in this process, or each in an engine process, so that one that brings its engine down fails alone. */
export type Isolation = 'none' | 'process'

/** Opens the engine of a lake. */
export async function openEngine(isolation: Isolation, options: SandboxOptions): Promise<QueryEngine> {
  if (isolation === 'none') return openQueryEngine(options)
  return openProcessEngine({ ...options, program: programUrl() })
}

/** Joined files lie in one folder; tests that run from the sources use the compiled twin. */
function programUrl(): URL {
  const here = import.meta.url
  if (!here.endsWith('.ts')) return new URL('./engine-process.js', here)
  return new URL('./engine-process.js', here.replace('/packages/core/src/', '/packages/core/build/'))
}
