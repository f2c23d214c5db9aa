import { didYouMean } from '../../errors/index.ts'
import type { State } from './state.ts'

/** What to write in place of functions that other engines have. */
const elsewhere: Readonly<Record<string, string>> = {
  ifnull: 'coalesce(a, b)',
  nvl: 'coalesce(a, b)',
  isnull: 'x IS NULL',
  iff: 'if(condition, a, b)',
  iif: 'if(condition, a, b)',
  decode: 'CASE … WHEN … THEN … END',
  len: 'length(x)',
  left: 'substr(x, 1, n)',
  right: 'substr(x, -n)',
  instr: 'strpos(text, part)',
  charindex: 'strpos(text, part)',
  locate: 'strpos(text, part)',
  initcap: 'upper(substr(x, 1, 1)) || lower(substr(x, 2))',
  substring_index: 'split_part(text, delimiter, n)',
  regexp_matches: 'regexp_like(text, pattern)',
  regexp_substr: 'regexp_extract(text, pattern)',
  rlike: 'regexp_like(text, pattern)',
  string_agg: "listagg(x, ',') WITHIN GROUP (ORDER BY x)",
  group_concat: "listagg(x, ',') WITHIN GROUP (ORDER BY x)",
  string_to_array: 'split(text, delimiter)',
  string_split: 'split(text, delimiter)',
  collect_list: 'array_agg(x)',
  collect_set: 'array_agg(DISTINCT x)',
  list: 'array_agg(x)',
  array_length: 'cardinality(x)',
  array_size: 'cardinality(x)',
  size: 'cardinality(x)',
  list_transform: 'transform(array, x -> …)',
  list_filter: 'filter(array, x -> …)',
  list_contains: 'contains(array, x)',
  array_contains: 'contains(array, x)',
  array_first: 'element_at(array, 1)',
  array_last: 'element_at(array, -1)',
  map_contains_key: 'element_at(map, key) IS NOT NULL',
  dateadd: "date_add('day', n, x)",
  datediff: "date_diff('day', a, b)",
  datepart: 'extract(field FROM x)',
  date_part: 'extract(field FROM x)',
  getdate: 'now()',
  sysdate: 'now()',
  strftime: "date_format(x, '%Y-%m-%d')",
  strptime: "date_parse(text, '%Y-%m-%d')",
  epoch: 'to_unixtime(x)',
  unix_timestamp: 'to_unixtime(x)',
  get_json_object: 'json_extract_scalar(json, path)',
  json_extract_string: 'json_extract_scalar(json, path)',
  parse_json: 'json_parse(text)',
  to_json: 'CAST(x AS json)',
  tostring: 'CAST(x AS varchar)',
  to_varchar: 'CAST(x AS varchar)',
  md5_hex: 'to_hex(md5(to_utf8(x)))',
}

/** What to call instead of a function that does not exist; undefined when nothing comes near. */
export function functionHint(state: State, name: string): string | undefined {
  if (Object.hasOwn(elsewhere, name)) return `write ${elsewhere[name]}`
  return didYouMean(name, [...Object.keys(state.functions), 'if', 'coalesce', 'nullif', 'try'])
}
