import type { ViewOfParts } from '../../engine/views.ts'
import type { Needle } from './narrow.ts'

/**
 * What a view of needles reads.
 *
 * @param placeOf the file where a needle's row group lies, and its rows there
 */
export function needleView(
  needles: readonly Needle[],
  placeOf: (needle: Needle) => { readonly path: string; readonly rows: Needle['rows'] },
): Pick<ViewOfParts, 'parts' | 'hasFewRows'> {
  return {
    parts: needles.map((needle) => {
      const { path, rows } = placeOf(needle)
      const { column, values } = needle
      return {
        files: [path],
        only: { rows, column, values },
        // What is known need not be compared again with what the query asks for.
        constants: values.length === 1 ? { [column]: values[0]! } : {},
      }
    }),
    // Of an access key there may be millions of rows.
    hasFewRows: needles.every(({ column }) => column === 'eventid'),
  }
}
