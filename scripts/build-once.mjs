// Builds the workspace before a test run, because threads, child processes and the CLI run compiled files.
// TRAILLAKE_SKIP_BUILD=1 leaves out the type check, for whoever has just run it; joining is quick, and skipped when nothing is newer.
import { build, bundle } from './build.mjs'

export default async function setup() {
  if (process.env.TRAILLAKE_SKIP_BUILD === '1') await bundle()
  else await build()
}
