import type { ScalarUdf } from '../../functions/types.ts'
import { UdfError } from '../../functions/udfs/udf-error.ts'
import { evaluatePath, PathError } from './evaluate.ts'
import { type Json, parseJson, printJson } from './json-text.ts'
import { type ParsedPath, parsePath } from './parse.ts'

const paths = new Map<string, ParsedPath>()

function pathOf(text: string): ParsedPath {
  let path = paths.get(text)
  if (path === undefined) {
    if (paths.size > 1000) paths.clear()
    path = parsePath(text)
    paths.set(text, path)
  }
  return path
}

/**
 * The items that a path selects of a JSON text: an empty text and then each item; or `INPUT` or `PATH`, for what failed, and a message.
 *
 * @param passing JSON object of the path's variables
 */
function jsonPath(input: string, path: string, passing: string): readonly string[] {
  const root = parseJson(input)
  if (root === undefined) return ['INPUT', 'conversion to JSON failed: ']
  try {
    const variables = parseJson(passing) as ReadonlyMap<string, Json>
    return ['', ...evaluatePath(pathOf(path), root, variables).map(printJson)]
  } catch (error) {
    if (error instanceof PathError) return ['PATH', error.message]
    throw error
  }
}

/** FORMAT JSON: the text as compact JSON; fails when it is none. */
function formatJson(text: string): string {
  const value = parseJson(text)
  if (value === undefined) throw new UdfError('JSON_INPUT_CONVERSION_ERROR', 'conversion to JSON failed: ')
  return printJson(value)
}

export const jsonPathUdfs: readonly ScalarUdf[] = [
  {
    name: 'trino_json_path',
    parameters: ['VARCHAR', 'VARCHAR', 'VARCHAR'],
    result: 'VARCHAR[]',
    evaluate: jsonPath,
    fails: [1],
  },
  { name: 'trino_json_format', parameters: ['VARCHAR'], result: 'VARCHAR', evaluate: formatJson },
]
