/*
 * The translator alone: Lake text in, an engine's text out. Loads no native code and reads no file, so it also runs in a browser.
 */
export { analyze } from './analyze/analyze.ts'
export type {
  Analysis,
  GroupingAnalysis,
  OutputColumn,
  OutputItem,
  Reference,
  RelationColumn,
  RelationLeaf,
  ResolvedCall,
  SpecificationAnalysis,
  UnnestColumn,
} from './analyze/analysis.ts'
export type * as ast from './ast.ts'
export type { Catalog, CatalogColumn, CatalogTable } from './catalog.ts'
export { fromEngineMessage } from './emit/engine-error.ts'
export { macroTexts, udfsByName } from './emit/library.ts'
export { parse } from './parse.ts'
export { translate } from './translate.ts'
export type { TranslatedTable, TranslateOptions, Translation } from './translation.ts'
export type { FunctionDefinition, FunctionTable, Overload, ScalarUdf, UdfType } from './functions/types.ts'
export { type LakeType, type RowField, formatType, sameType } from '../schema/types.ts'
export { errorCodes, isTraillakeError, renderError, TraillakeError, type ErrorCode, type Span } from '../errors/index.ts'
