import { serveEngine } from '../engine/process/serve-engine.ts'
import { udfsByName } from '../sql/emit/udfs.ts'

/** The program of an engine process. */
serveEngine((name) => {
  const found = udfsByName().get(name)
  if (found === undefined) throw new Error(`there is no function ${name}`)
  return found
})
