import { defineMacros } from './define.ts'

/** Characters as java.net.URI takes them: any but controls and blanks beyond ASCII, and whole escapes. */
const others = '[^\\x{0}-\\x{9f}\\p{Z}]|%[0-9A-Fa-f]{2}'
const any = (ascii: string): string => `(?:[A-Za-z0-9_!.~'()*${ascii}-]|${others})`
/** Of a path but `/`; of the first part of a path without a scheme; of a path; of a query or fragment; first after a scheme without `/`. */
const WORD = any(':@&=+$,;')
const FIRST = any('@&=+$,;')
const PATH = any(':@&=+$,;/')
const QUERY = any(':@&=+$,;/?\\[\\]')
const OPAQUE = any(':@&=+$,;?\\[\\]')

const SCHEME = '[A-Za-z][A-Za-z0-9+.-]*:'
const IPV6 = '\\[[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%[A-Za-z0-9_.]+)?\\]'
const AUTHORITY = `(?:(?:${any(':&=+$,;')}*@)?${IPV6}(?::\\d*)?|${WORD}+)`
const TAIL = `(?:\\?${QUERY}*)?`
const SLASHES = `//(?:${AUTHORITY}(?:/${PATH}*)?${TAIL}|/${PATH}*${TAIL}|\\?${QUERY}*)`
const ABSOLUTE = `/(?:${WORD}${PATH}*)?${TAIL}`
const WHOLE = `(?:${SCHEME})?(?:${SLASHES}|${ABSOLUTE})|${SCHEME}${OPAQUE}${QUERY}*|${FIRST}*(?:/${PATH}*)?${TAIL}`
const URI = `(?:${WHOLE})(?:#${QUERY}*)?|(?:${SCHEME})?//#${QUERY}*`

/** Scheme, authority, path, query, fragment; what follows a scheme without `/` is none of them. */
const PARTS = '^(?:([A-Za-z][A-Za-z0-9+.-]*):(?:[^/#][^#]*)?)?(?://([^/?#]*))?([^?#]*)(?:\\?([^#]*))?(?:#(.*))?'

/** A host name, whose last label begins with a letter where it has several; four bytes; an address in brackets. */
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
const BYTE = '0*(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const HOST = `(?:${LABEL}\\.?|(?:${LABEL}\\.)+[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?\\.?|(?:${BYTE}\\.){3}${BYTE}|${IPV6})`
const SERVER = `^(?:[^@]*@)?(${HOST})(?::(\\d*))?$`

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

export const urlMacros = defineMacros({
  'trino_url_encode(s)': "replace(replace(replace(url_encode(s), '%20', '+'), '%2A', '*'), '~', '%7E')",
  // What java.net.URI reads.
  'trino_url_ok(u)': `regexp_full_match(u, ${quote(URI)})`,
  'trino_url_part(u, g)': `CASE WHEN trino_url_ok(u) THEN regexp_extract(u, ${quote(PARTS)}, g) END`,
  // Escapes are decoded, `+` stays.
  'trino_url_decoded(s)': "CASE WHEN contains(s, '%') THEN trino_url_decode(replace(s, '+', '%2B')) ELSE s END",
  'trino_url_server(a, g)': `CASE WHEN length(regexp_extract(a, ${quote(SERVER)}, 2)) < 10 OR TRY_CAST(regexp_extract(a, ${quote(SERVER)}, 2) AS INTEGER) IS NOT NULL THEN regexp_extract(a, ${quote(SERVER)}, g) WHEN a IS NOT NULL THEN '' END`,
  // Empty when the authority is no host name: an underscore, letters beyond ASCII.
  'trino_url_host(u)': 'trino_url_server(trino_url_part(u, 2), 1)',
  'trino_url_port(u)': 'TRY_CAST(trino_url_server(trino_url_part(u, 2), 2) AS BIGINT)',
  'trino_url_values(q, n)':
    "list_transform(list_filter(string_split(q, '&'), lambda a: string_split(a, '=')[1] = n), lambda a: CASE WHEN contains(a, '=') THEN substr(a, strpos(a, '=') + 1) ELSE '' END)",
  'trino_url_param(u, n)':
    "CASE WHEN trino_url_ok(u) AND regexp_matches(u, '^[^#]*\\?') THEN trino_url_decode(list_extract(trino_url_values(trino_url_part(u, 4), n), 1)) END",
})
