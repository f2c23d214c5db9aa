import { formatType, type LakeType } from '../../schema/types.ts'

/** Prints a type as Trino prints it inside signatures: without blanks, names of row members always quoted. */
export function formatSignatureType(type: LakeType): string {
  switch (type.kind) {
    case 'array':
      return `array(${formatSignatureType(type.element)})`
    case 'map':
      return `map(${formatSignatureType(type.key)},${formatSignatureType(type.value)})`
    case 'row':
      return `row(${type.fields
        .map((f) =>
          f.name === undefined
            ? formatSignatureType(f.type)
            : `"${f.name.replaceAll('"', '""')}" ${formatSignatureType(f.type)}`,
        )
        .join(',')})`
    case 'function':
      return `function(${[...type.parameters, type.result].map(formatSignatureType).join(',')})`
    default:
      return formatType(type)
  }
}
