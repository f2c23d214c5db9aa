import { badWith, defineMacros } from './define.ts'

export const miscMacros = defineMacros({
  'trino_ip_to_binary(b)': 'b',
  'trino_binary_to_uuid(b)': `CASE WHEN octet_length(b) <> 16 THEN CAST(${badWith("'Invalid UUID binary length: ' || octet_length(b)", 'VARCHAR')} AS UUID) ELSE CAST(lower(hex(b)) AS UUID) END`,
})
