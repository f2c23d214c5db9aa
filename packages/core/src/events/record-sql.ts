import { CHECKSUM_COLUMN, type Field, type FieldKind, type LayoutName, layouts } from '../schema/index.ts'
import { typedKey } from './shape.ts'

/** A column of a data file and the expression that fills it. */
export interface RecordColumn {
  readonly name: string
  /** The engine's type of the column. */
  readonly type: string
  readonly expression: string
}

/** The names under which the rows handed to the engine carry their parts; each is SQL, quoted where needed. */
export interface RecordSources {
  /** The struct that `from_json(<typed bytes>, parseType)` gives. */
  readonly record: string
  readonly eventJson: string
  readonly source: string
  readonly index: string
}

export interface RecordSql {
  /** The second argument of `from_json`, unquoted: `from_json(typed, '<parseType>')`. It holds no single quote. */
  readonly parseType: string
  /** Lake's columns in `SELECT *` order (without the checksum, which is computed on reading), then the hidden ones. */
  readonly columns: readonly RecordColumn[]
}

/** The text pieces that turn typed bytes into the columns of a layout. */
export function recordSql(layout: LayoutName, sources: RecordSources): RecordSql {
  const fields = layouts[layout].columns.filter((column) => column.name !== CHECKSUM_COLUMN)
  const parsed = fields.filter((column) => column.json !== '')
  const columns = fields.map((column) => ({
    name: column.name,
    type: columnType(column.kind),
    expression: columnExpression(layout, column, sources),
  }))
  return {
    parseType: `{${parsed.map((f) => `${JSON.stringify(typedKey(f))}:${parseType(f.kind)}`).join(',')}}`,
    columns: [...columns, ...hidden(layout, sources)],
  }
}

/** The structure that `from_json` reads a field as; members are named as in the record. */
function parseType(kind: FieldKind): string {
  if (typeof kind === 'object') {
    const fields = 'struct' in kind ? kind.struct : kind.array
    const struct = `{${fields.map((f) => `${JSON.stringify(typedKey(f))}:${parseType(f.kind)}`).join(',')}}`
    return 'struct' in kind ? struct : `[${struct}]`
  }
  return `"${kind === 'map' ? 'MAP(VARCHAR,VARCHAR)' : kind.toUpperCase()}"`
}

/** The type of a stored column; members are named as in the schema. */
function columnType(kind: FieldKind): string {
  if (typeof kind === 'object') {
    const fields = 'struct' in kind ? kind.struct : kind.array
    const struct = `STRUCT(${fields.map((f) => `"${f.name}" ${columnType(f.kind)}`).join(', ')})`
    return 'struct' in kind ? struct : `${struct}[]`
  }
  return kind === 'map' ? 'MAP(VARCHAR, VARCHAR)' : kind.toUpperCase()
}

function columnExpression(layout: LayoutName, column: Field, { record, eventJson }: RecordSources): string {
  if (column.json === '') return eventJson
  const member = (name: string) => `${record}."${name}"`
  if (column.json === 'eventCategory') return category(layout, member)
  const value = member(typedKey(column))
  // Only nested values change by the cast: their members' names.
  return typeof column.kind === 'object' ? `${value}::${columnType(column.kind)}` : value
}

/** As `categoryOf`, of the columns that the layout has. */
function category(layout: LayoutName, member: (name: string) => string): string {
  const data = layout === 'events' ? ` WHEN ${member('managementEvent')} = false THEN 'Data'` : ''
  const derived = `CASE WHEN ${member('eventType')} = 'AwsCloudTrailInsight' THEN 'Insight'${data} ELSE 'Management' END`
  return `coalesce(${member('eventCategory')}, ${derived})`
}

function hidden(layout: LayoutName, { record, source, index }: RecordSources): RecordColumn[] {
  const flat = (member: string) => (layout === 'events' ? `${record}."userIdentity"."${member}"` : 'NULL::VARCHAR')
  const day = `${record}."eventTime"`
  return [
    { name: '_source', type: 'VARCHAR', expression: `${source}::VARCHAR` },
    { name: '_record', type: 'BIGINT', expression: `${index}::BIGINT` },
    { name: '_accesskeyid', type: 'VARCHAR', expression: flat('accessKeyId') },
    { name: '_arn', type: 'VARCHAR', expression: flat('arn') },
    {
      name: 'calendarday',
      type: 'BIGINT',
      expression: `(year(${day}) * 10000 + month(${day}) * 100 + day(${day}))::BIGINT`,
    },
  ]
}
