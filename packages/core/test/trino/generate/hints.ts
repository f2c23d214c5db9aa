import { quote } from './literals.ts'
import type { Random } from './random.ts'

const units = ['millisecond', 'second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']
const regexps = ['a', '[a-z]+', '(\\w)(\\w)', '^.', '\\d+', 'b|c', 'l{2}', '.*', 'x*', '[^,]+', '(?i)abc', '\\s']
const jsonPaths = ['$', '$.a', '$.b', '$.b[1]', '$[0]', '$["a"]', '$.k.n', '$[2]']
const mysql = ['%Y-%m-%d', '%d/%m/%y', '%H:%i:%s', '%Y-%m-%d %T.%f', '%W %M %e', '%a %b %j', '%p %l %k', '%x-%v']
const joda = ['yyyy-MM-dd', 'HH:mm:ss.SSS', 'EEE, d MMM yy', "yyyy-MM-dd'T'HH:mm", 'D e', 'hh a']
const zones = ['UTC', 'America/New_York', '+05:30', 'Europe/Paris']

type Hint = readonly (readonly string[] | undefined)[]

const unit: Hint = [units]
const regexp: Hint = [undefined, regexps]
const path: Hint = [undefined, jsonPaths]

/** Texts that the arguments of a function are chosen from, by place; undefined for any value of the type. */
const hints: Readonly<Record<string, Hint>> = {
  date_trunc: unit,
  date_add: unit,
  date_diff: unit,
  date_format: [undefined, mysql],
  date_parse: [
    ['2024-02-29', '31/01/24', '10:20:30', 'x'],
    ['%Y-%m-%d', '%d/%m/%y', '%H:%i:%s'],
  ],
  format_datetime: [undefined, joda],
  parse_datetime: [
    ['2024-02-29', '10:20', '2024'],
    ['yyyy-MM-dd', 'HH:mm', 'yyyy'],
  ],
  from_iso8601_timestamp: [
    ['2024-02-29T10:20:30.123Z', '2024-W05-2', '2024-02', '2024-060', 'T10:00', '2024-02-29T10:20:30+05:30'],
  ],
  from_iso8601_timestamp_nanos: [['2024-02-29T10:20:30.123456789Z', '2024-02-29T10:20']],
  from_iso8601_date: [['2024-02-29', '2024-W05-2', '2024-060', '2024-02']],
  regexp_like: regexp,
  regexp_extract: regexp,
  regexp_extract_all: regexp,
  regexp_count: regexp,
  regexp_split: regexp,
  regexp_replace: [undefined, regexps, ['-', '$0$0', '[$1]', '']],
  regexp_position: regexp,
  json_extract: path,
  json_extract_scalar: path,
  json_size: path,
  at_timezone: [undefined, zones],
  with_timezone: [undefined, zones],
  split: [undefined, [',', 'b', ' ', '--']],
  split_part: [undefined, [',', 'b', ' ']],
  split_to_map: [undefined, [';', ','], ['=', ':']],
  split_to_multimap: [undefined, [';', ','], ['=', ':']],
  parse_duration: [['42.8ms', '3.81 d', '5m', '1 h', 'x']],
  parse_data_size: [['1B', '1kB', '2.3MB', '1 GB']],
  url_extract_parameter: [undefined, ['q', 'r', 'z']],
  to_char: [undefined, ['yyyy-mm-dd', 'hh24:mi:ss']],
  to_date: [['2024-02-29'], ['yyyy-mm-dd']],
  to_timestamp: [['2024-02-29 10:20:30'], ['yyyy-mm-dd hh24:mi:ss']],
  lpad: [undefined, undefined, ['x', 'ab', '']],
  rpad: [undefined, undefined, ['x', 'ab', '']],
  translate: [undefined, ['abc', 'lo'], ['xyz', '1', '']],
  word_stem: [['running', 'flies', 'studies', 'abc']],
  soundex: [['Robert', 'Tymczak', 'Honeyman']],
}

/** The literal for one argument of a function that a random text would hardly fit; undefined where any value does. */
export function hintedArgument(name: string, place: number, random: Random): string | undefined {
  const choices = hints[name]?.[place]
  return choices && !random.chance(0.02) ? quote(random.pick(choices)) : undefined
}

/** Places of arguments that say how much there will be of something: small numbers, or a query would fill the memory. */
const amounts: Readonly<Record<string, readonly number[]>> = {
  lpad: [1],
  rpad: [1],
  repeat: [1],
  sequence: [0, 1],
  combinations: [1],
  ngrams: [1],
  ntile: [0],
}

/** A small number for an argument that is an amount. */
export function amountArgument(name: string, place: number, random: Random): string | undefined {
  return amounts[name]?.includes(place) ? random.pick(['0', '1', '2', '3', '5', '12', '-1']) : undefined
}

/** Functions whose answers differ from run to run or that stand for no value. */
export const unpredictable: ReadonlySet<string> = new Set([
  ...['random', 'rand', 'uuid', 'now', 'shuffle', 'version', 'current_groups', 'current_timezone', 'typeof'],
  ...['approx_distinct', 'approx_percentile', 'approx_most_frequent', 'numeric_histogram', 'any_value', 'arbitrary'],
  ...[
    'reduce_agg',
    'features',
    'listagg',
    'reduce',
    'substring',
    'position',
    'array_agg',
    'map_agg',
    'map_union',
    'multimap_agg',
    'normalize',
  ],
  // Their arrays come in any order.
  ...['map_keys', 'map_values', 'map_entries', 'count'],
])
