import { type LakeType, parseType } from '../schema/index.ts'
import { memberNames } from './forms.ts'
import { doubleText } from './number-text.ts'

/**
 * Prints a canonical cell (see `QueryResult.batches`) as text for a table: `[a, b]`, `{key=value}`, `{member=value}`, doubles as
 * Trino does (`1.0`, `1.0E7`). NULL is empty at the top and `null` inside another value.
 *
 * @param type the column's type as `QueryResult.columns` names it
 */
export function formatCell(cell: unknown, type: string): string {
  if (cell === null) return ''
  const parsed = parseType(type)
  return parsed ? format(cell, parsed) : String(cell)
}

function format(cell: unknown, type: LakeType): string {
  if (cell === null) return 'null'
  switch (type.kind) {
    case 'real':
    case 'double':
      return typeof cell === 'number' ? doubleText(cell) : String(cell)
    case 'array':
      return `[${(cell as readonly unknown[]).map((item) => format(item, type.element)).join(', ')}]`
    case 'row': {
      const names = memberNames(type)
      const members = type.fields.map(
        (field, i) => `${names[i]}=${format((cell as readonly unknown[])[i], field.type)}`,
      )
      return `{${members.join(', ')}}`
    }
    case 'map': {
      const entries = Object.entries(cell as object).map(([key, value]) => `${key}=${format(value, type.value)}`)
      return `{${entries.join(', ')}}`
    }
    default:
      return String(cell)
  }
}
