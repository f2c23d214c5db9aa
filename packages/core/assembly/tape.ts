/*
 * A tape says where the values of a record lie, so that columns can be filled from its bytes without reading JSON again. It is a
 * sequence of pairs of whole numbers, of which the first begins with the id of a node of the layout's tree:
 *
 *   text        id, escaped?, length in bytes | where it starts, without quotes
 *   boolean     id | 1 or 0
 *   time        id | days since 1970-01-01;  then 0 | milliseconds of the day
 *   struct      id | 1, or 0 for a null in a list;  then its members
 *   list, map   id | number of elements;  then those
 *
 * What is null or absent is not on it; only the value of a map's key can be missing after that key. A record's stretch begins
 * with one number: where it ends.
 */

/** Ids have as many bits as `NODE_BITS` of `src/events/record-tree.ts` says. */
export const NODES: i32 = 1 << 8
export const NODE_MASK: i32 = NODES - 1
export const ESCAPED: i32 = NODES
export const LENGTH_SHIFT: i32 = 9
/** No longer text fits: its record has no tape. */
export const MAX_TAPE_TEXT: i32 = (1 << 23) - 1
