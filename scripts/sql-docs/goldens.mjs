// What docs/sql.md says of the goldens: ids, numbers of cases, and what passes at least.
import { readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)
const read = (path) => readFileSync(new URL(path, root), 'utf8')
const lines = (name) => read(`test-data/golden/${name}`).split('\n').filter(Boolean)

export function readGoldenFigures() {
  return {
    queries: lines('queries.jsonl').length,
    refused: lines('refused.jsonl').length,
    functions: lines('functions.jsonl').map((line) => JSON.parse(line).id),
    floor: JSON.parse(read('packages/core/test/golden-floor.json')),
    functionsFloor: JSON.parse(read('packages/core/test/sql/functions-golden.floor.json')),
  }
}
