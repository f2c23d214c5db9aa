import { TraillakeError } from '../../errors/index.ts'
import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { bindAll, quoteString } from '../emit/text.ts'
import { canonicalZone } from './temporal-literal.ts'

/** `value AT TIME ZONE zone`: the same instant, shown in another zone; a value without a zone is one of the session (UTC). */
export function atTimeZoneSql(
  value: string,
  type: LakeType,
  zone: string,
  zoneType: LakeType,
  node: ast.AtTimeZone,
): string {
  const text = zoneText(zone, zoneType, node)
  if (type.kind === 'timestamp') {
    return bindAll(
      [value, text],
      ([v, z]) =>
        `CASE WHEN ${v} IS NOT NULL AND ${z} IS NOT NULL THEN {'t': ${type.withTimeZone ? `struct_extract(${v}, 't')` : v}, 'z': ${z}} END`,
    )
  }
  throw new TraillakeError(
    'NOT_SUPPORTED',
    { message: `AT TIME ZONE of ${type.kind} is not supported` },
    { span: node.span },
  )
}

function zoneText(zone: string, type: LakeType, node: ast.AtTimeZone): string {
  if (node.zone.kind === 'StringLiteral') {
    const known = canonicalZone(node.zone.value)
    if (known === undefined) {
      throw new TraillakeError(
        'INVALID_FUNCTION_ARGUMENT',
        { message: `'${node.zone.value}' is not a valid time zone` },
        { span: node.zone.span },
      )
    }
    return quoteString(known)
  }
  if (type.kind === 'interval day to second')
    return bindAll(
      [`CAST(${zone} // 60000 AS INTEGER)`],
      ([o]) => `CASE WHEN ${o} = 0 THEN 'UTC' ELSE trino_offset_text(${o}) END`,
    )
  return bindAll([zone], ([z]) => `trino_zone(${z})`)
}
