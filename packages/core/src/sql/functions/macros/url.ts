import { defineMacros } from './define.ts'

/** What java.net.URI takes for a URI: characters that may stand in one, whole escapes, a scheme that is one. */
const URI = "'(?:[A-Za-z][A-Za-z0-9+.-]*:(?://[^/?#\\s]+|/?[^/\\s]|///)|//[^/?#]|[^:]*$|[^:/?#]*[/?#]).*'"
const CHARACTERS = '\'[^\\s"<>\\\\^`{|}%]*(?:%[0-9A-Fa-f]{2}[^\\s"<>\\\\^`{|}%]*)*\''
/** Scheme, host, port, path, query, fragment. */
const PARTS =
  "'^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?://(?:[^/?#@]*@)?(\\[[^\\]]*\\]|[^:/?#]*)(?::(\\d*))?)?([^?#]*)(?:\\?([^#]*))?(?:#(.*))?'"

export const urlMacros = defineMacros({
  'trino_url_encode(s)': "replace(replace(replace(url_encode(s), '%20', '+'), '%2A', '*'), '~', '%7E')",
  'trino_url_ok(u)': `regexp_full_match(u, ${URI}, 's') AND regexp_full_match(u, ${CHARACTERS}) AND NOT regexp_matches(u, '^[0-9][A-Za-z0-9+.-]*:')`,
  'trino_url_part(u, g)': `CASE WHEN trino_url_ok(u) THEN regexp_extract(u, ${PARTS}, g) END`,
  // Escapes are decoded, `+` stays.
  'trino_url_decoded(s)': "CASE WHEN contains(s, '%') THEN trino_url_decode(replace(s, '+', '%2B')) ELSE s END",
  // Empty when the authority is no host name: an underscore, letters beyond ASCII.
  'trino_url_host(u)':
    "CASE WHEN regexp_full_match(trino_url_part(u, 2), '\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9.])?') THEN trino_url_part(u, 2) WHEN trino_url_ok(u) THEN '' END",
  'trino_url_port(u)': "CASE WHEN trino_url_host(u) <> '' THEN TRY_CAST(trino_url_part(u, 3) AS BIGINT) END",
  'trino_url_path(u)':
    "CASE WHEN regexp_matches(u, '^[A-Za-z][A-Za-z0-9+.-]*:[^/]') AND trino_url_ok(u) THEN '' ELSE trino_url_decoded(trino_url_part(u, 4)) END",
  'trino_url_values(q, n)':
    "list_transform(list_filter(string_split(q, '&'), lambda a: string_split(a, '=')[1] = n), lambda a: CASE WHEN contains(a, '=') THEN substr(a, strpos(a, '=') + 1) ELSE '' END)",
  'trino_url_param(u, n)':
    "CASE WHEN trino_url_ok(u) AND regexp_matches(u, '^[^#]*\\?') THEN trino_url_decode(list_extract(trino_url_values(trino_url_part(u, 5), n), 1)) END",
})
