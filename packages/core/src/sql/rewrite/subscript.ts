import { TraillakeError } from '../../errors/index.ts'
import { engineFieldName } from '../../schema/engine-type.ts'
import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { bindAll, quoteString } from '../emit/text.ts'
import { lambda } from './cast/lambda.ts'
import { plainText } from './cast/text.ts'
import { compareSql } from './comparison.ts'
import { isPlain } from './identity.ts'
import { raiseSql } from './raise.ts'

/** `base[index]`: of an array (from 1, failing outside), a map (failing without the key) or a row (a literal index). */
export function subscriptSql(base: string, index: string, type: LakeType, node: ast.Subscript): string {
  switch (type.kind) {
    case 'array':
      return bindAll([base, index], ([a, i]) => `trino_subscript(${a}, ${i})`)
    case 'map':
      return bindAll([base, index], ([m, k]) => mapSubscript(m!, k!, type))
    case 'row': {
      const at = node.index.kind === 'LongLiteral' ? Number(node.index.value) - 1 : -1
      if (type.fields[at] === undefined) {
        throw new TraillakeError(
          'INVALID_FUNCTION_ARGUMENT',
          { message: `Subscript index out of bounds: ${at + 1}, max value is ${type.fields.length}` },
          { span: node.index.span },
        )
      }
      return `struct_extract(${base}, ${quoteString(engineFieldName(type.fields, at))})`
    }
    default:
      throw new TypeError(`subscript of ${type.kind}`)
  }
}

function mapSubscript(m: string, k: string, type: LakeType & { readonly kind: 'map' }): string {
  const missing = raiseSql(
    'INVALID_FUNCTION_ARGUMENT',
    `'Key not present in map: ' || ${keyText(k, type.key)}`,
    type.value,
  )
  if (isPlain(type.key))
    return `CASE WHEN ${m} IS NULL OR ${k} IS NULL OR map_contains(${m}, ${k}) THEN ${m}[${k}] ELSE ${missing} END`
  const same = lambda((e) => compareSql('=', `struct_extract(${e}, 'key')`, k, type.key))
  return bindAll(
    [`list_filter(map_entries(${m}), ${same})`],
    ([found]) =>
      `CASE WHEN ${m} IS NULL OR ${k} IS NULL OR len(${found}) > 0 THEN struct_extract(${found}[1], 'value') ELSE ${missing} END`,
  )
}

function keyText(k: string, type: LakeType): string {
  const structured = type.kind === 'array' || type.kind === 'row' || type.kind === 'map'
  return structured || type.kind === 'varbinary' ? `CAST(${k} AS VARCHAR)` : plainText(k, type)
}
