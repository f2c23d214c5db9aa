import type { LakeType } from '../../schema/types.ts'
import type { CatalogTable } from '../catalog.ts'
import type { State } from './state.ts'

/**
 * Notes the other spellings of a table's members at the row types that have them.
 *
 * A type keeps its identity through derived tables, array elements and lambdas, so the spelling works wherever the value goes.
 */
export function learnMemberAliases(state: State, table: CatalogTable): void {
  for (const [path, member] of table.memberAliases ?? []) {
    const parts = path.toLowerCase().split('.')
    const column = table.columns.find((c) => c.name.toLowerCase() === parts[0])
    const type = parts.slice(1, -1).reduce<LakeType | undefined>(memberType, rowOf(column?.type))
    if (type?.kind !== 'row') continue
    const aliases = state.memberAliases.get(type) ?? new Map<string, string>()
    aliases.set(parts.at(-1)!, member.toLowerCase())
    state.memberAliases.set(type, aliases)
  }
}

function memberType(type: LakeType | undefined, name: string): LakeType | undefined {
  return type?.kind === 'row' ? rowOf(type.fields.find((field) => field.name?.toLowerCase() === name)?.type) : undefined
}

function rowOf(type: LakeType | undefined): LakeType | undefined {
  return type?.kind === 'array' ? type.element : type
}
