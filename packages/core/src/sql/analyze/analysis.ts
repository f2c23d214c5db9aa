import type { ScanBounds } from '../../schema/bounds.ts'
import type { LakeType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import type { CatalogColumn, CatalogTable } from '../catalog.ts'
import type { FunctionDefinition, Overload } from '../functions/types.ts'

/**
 * One column of one relation as it stands in a FROM clause. Identity matters: the same table named twice gives two relations.
 *
 * Where a column comes from decides how it is emitted:
 * - `own`: the relation itself produces it (a table, sub-query, VALUES, UNNEST, a CTE's use);
 * - `same`: another name for a column further in (`AS t(a, b)`, a parenthesised join);
 * - `using`: the merged column of JOIN … USING.
 */
export interface RelationColumn {
  /** As visible to queries; undefined when the column has no name that can be referred to (`_col0` of a sub-query). */
  readonly name: string | undefined
  readonly type: LakeType
  readonly hidden: boolean
  readonly origin:
    | {
        readonly kind: 'own'
        readonly relation: RelationLeaf
        readonly index: number
        readonly catalog?: CatalogColumn
      }
    | { readonly kind: 'same'; readonly column: RelationColumn }
    | {
        readonly kind: 'using'
        readonly join: ast.Join['type']
        readonly left: RelationColumn
        readonly right: RelationColumn
      }
}

/** Which state of a table is meant: its version, or the newest one of a moment, in UTC milliseconds. */
export type TableVersion = { readonly version: number } | { readonly timestampMs: number }

/** A relation that is emitted with an alias of its own: `"r<id>"`. */
export interface RelationLeaf {
  readonly id: number
  readonly node: ast.Table | ast.TableSubquery | ast.Lateral | ast.Unnest
  /** What the node is; a `Table` node may name a catalog table or a CTE. */
  readonly source:
    | {
        readonly kind: 'table'
        readonly table: CatalogTable
        readonly bounds: ScanBounds
        /** Conditions that speak of columns by which files are skipped, in a form that proves nothing. */
        readonly idle: Set<ast.Expression>
        /** FOR … AS OF; absent: the newest version. */
        readonly asOf?: TableVersion
      }
    | { readonly kind: 'with'; readonly query: ast.WithQuery }
    | { readonly kind: 'query'; readonly query: ast.Query }
    | { readonly kind: 'unnest'; readonly columns: readonly UnnestColumn[] }
  readonly columns: readonly RelationColumn[]
}

/** Which part of which unnested value a column of UNNEST is. */
export type UnnestColumn =
  | { readonly kind: 'element' | 'key' | 'value'; readonly expression: number }
  /** A member of a row element: UNNEST of an array of rows gives a column a member. */
  | { readonly kind: 'field'; readonly expression: number; readonly field: number }
  | { readonly kind: 'ordinality' }

/** What a name in an expression means. */
export type Reference =
  | {
      readonly kind: 'column'
      readonly column: RelationColumn /** How many query levels out; 0 is the own FROM clause. */
      readonly depth: number
    }
  /** ORDER BY: an output column of the SELECT or set operation being sorted. */
  | { readonly kind: 'output'; readonly index: number }
  | { readonly kind: 'lambda'; readonly lambda: ast.Lambda; readonly index: number }
  /** `r.member` where UNNEST … AS r spread a row over columns, or where `r` is a relation of one row: nothing special, see `column`. */
  | { readonly kind: 'field'; readonly index: number }

/** A call bound to one overload of a function. */
export interface ResolvedCall {
  readonly name: string
  readonly definition: FunctionDefinition
  readonly overload: Overload
  /** Type and number variables of the signature. */
  readonly bindings: ReadonlyMap<string, LakeType | number>
  /** The type each argument is coerced to (coercions are in `coerceTo` too); lambdas have type `function`. */
  readonly parameterTypes: readonly LakeType[]
  readonly resultType: LakeType
}

export interface OutputColumn {
  /** Trino's label: the alias, the last name as written, or `_col<i>`. */
  readonly name: string
  readonly type: LakeType
}

/** GROUP BY, resolved: ordinals replaced, sets multiplied out. */
export interface GroupingAnalysis {
  /** The distinct grouping expressions (ordinals stand for the select item's expression). */
  readonly expressions: readonly ast.Expression[]
  /** Each set as indexes into `expressions`; one set with all of them for a plain GROUP BY; one empty set for a global aggregate. */
  readonly sets: readonly (readonly number[])[]
}

/** One item of a SELECT list after `*` is expanded. */
export type OutputItem =
  | { readonly kind: 'expression'; readonly expression: ast.Expression }
  | { readonly kind: 'column'; readonly column: RelationColumn }
  /** A member of a row value: `(row).*`. */
  | { readonly kind: 'field'; readonly base: ast.Expression; readonly field: number }

/** What analysis learned of a SELECT … FROM …. */
export interface SpecificationAnalysis {
  readonly items: readonly OutputItem[]
  /** Where each of `items` was written: `*` stands for several. */
  readonly writtenAs: readonly ast.SelectItem[]
  /** Undefined when the query does not aggregate. */
  readonly grouping: GroupingAnalysis | undefined
}

/** What analysis learned of a query: side tables keyed by node. Expressions not in `coerceTo` are used in their own type. */
export interface Analysis {
  readonly query: ast.Query
  readonly output: readonly OutputColumn[]
  /** The type of every expression, before coercion. */
  readonly typeOf: ReadonlyMap<ast.Expression, LakeType>
  /** Implicit conversions, to be emitted around the expression. */
  readonly coerceTo: ReadonlyMap<ast.Expression, LakeType>
  /** The meaning of every Identifier, and of every Dereference (a column, or a field of its base). A Dereference with a `column` entry hides the parts below it. */
  readonly references: ReadonlyMap<ast.Identifier | ast.Dereference, Reference>
  /** Calls of functions; also Extract, Trim and CurrentValue where they are functions by another name. */
  readonly calls: ReadonlyMap<ast.Expression, ResolvedCall>
  /** The types that TypeNodes denote. */
  readonly types: ReadonlyMap<ast.TypeNode, LakeType>
  readonly leaves: ReadonlyMap<ast.Relation, RelationLeaf>
  readonly specifications: ReadonlyMap<ast.QuerySpecification, SpecificationAnalysis>
  /** Columns of every query and query body, in order. */
  readonly outputs: ReadonlyMap<ast.Query | ast.QueryBody, readonly OutputColumn[]>
  /** Sort items of queries (not of windows or aggregates) that name an output column outright: by position or bare name. */
  readonly sortPositions: ReadonlyMap<ast.SortItem, number>
  /** Named windows, resolved with what they inherit. */
  readonly windows: ReadonlyMap<ast.FunctionCall, ast.Window>
  /** JOIN … USING: the merged columns of the join (their `origin` is `using`), in the order of the list. */
  readonly usings?: ReadonlyMap<ast.Join, readonly RelationColumn[]>
  /** Every use of a catalog table, in source order. */
  readonly tables: readonly RelationLeaf[]
}
