export type { Table as ArrowTable } from 'apache-arrow'
export type { Chunk } from '../engine/stream.ts'
export {
  type Arrow,
  arrowBatch,
  arrowSchema,
  arrowStreamBytes,
  arrowType,
  loadArrow,
  uniqueLabels,
} from './arrow.ts'
export { csvLine } from './csv.ts'
export type { Form } from './decode.ts'
export { fits } from './fits.ts'
export { type CellValue, canonicalForm, jsonForm, jsonReplacer, memberNames, textForm, valueForm } from './forms.ts'
export { parquetSelect } from './parquet.ts'
export { decodeRows, type ResultField, rowObjects } from './rows.ts'
