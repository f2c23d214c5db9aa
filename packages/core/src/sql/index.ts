/*
 * The translator alone: Lake text in, an engine's text out. Loads no native code and reads no file, so it also runs in a browser.
 */

export {
  type ErrorCode,
  errorCodes,
  isTraillakeError,
  renderError,
  type Span,
  TraillakeError,
} from '../errors/index.ts'
export { formatType, type LakeType, type RowField, sameType } from '../schema/types.ts'
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
export { analyze } from './analyze/analyze.ts'
export type * as ast from './ast.ts'
export type { Catalog, CatalogColumn, CatalogTable } from './catalog.ts'
export { type CompleteOptions, type Completion, type Completions, complete } from './complete.ts'
export { defaultCatalog, layoutTable } from './default-catalog.ts'
export { fromEngineMessage } from './emit/engine-error.ts'
export { macroStatement, macroTexts } from './emit/library.ts'
export { udfsByName } from './emit/udfs.ts'
export { type FormatOptions, format } from './format.ts'
export { functionFamilies, unsupportedFunctions } from './functions/index.ts'
export type { FunctionDefinition, FunctionTable, Overload, ScalarUdf, UdfType } from './functions/types.ts'
export { parse } from './parse.ts'
export { translate } from './translate.ts'
export type { TranslatedTable, TranslateOptions, Translation } from './translation.ts'
