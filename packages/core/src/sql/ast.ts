import type { Span } from '../errors/span.ts'

/*
 * The tree of a Lake query. Kinds follow Trino's tree; every node is a plain immutable object with `kind` and `span`.
 * What analysis learns stays beside the tree (analyze/analysis.ts).
 */

export interface Located {
  readonly span: Span
}

// ---------------------------------------------------------------- queries

/** A whole query, also a parenthesised one: WITH, a body, ORDER BY, OFFSET, LIMIT. */
export interface Query extends Located {
  readonly kind: 'Query'
  readonly with?: With
  readonly body: QueryBody
  readonly orderBy: readonly SortItem[]
  readonly offset?: RowCount
  readonly limit?: Limit
}

export interface With extends Located {
  readonly kind: 'With'
  readonly recursive: boolean
  readonly queries: readonly WithQuery[]
}

export interface WithQuery extends Located {
  readonly kind: 'WithQuery'
  readonly name: Name
  readonly columns?: readonly Name[]
  readonly query: Query
}

export type QueryBody = QuerySpecification | SetOperation | Values | TableStatement | Query

/** LIMIT n, LIMIT ALL (`count` absent), or FETCH FIRST [n] ROWS ONLY | WITH TIES. */
export interface Limit extends Located {
  readonly kind: 'Limit'
  readonly count?: RowCount
  readonly withTies: boolean
}

/** An integer or a `?`. */
export type RowCount = LongLiteral | Parameter

export interface SetOperation extends Located {
  readonly kind: 'SetOperation'
  readonly operator: 'UNION' | 'INTERSECT' | 'EXCEPT'
  /** ALL; false is DISTINCT, the default. */
  readonly all: boolean
  readonly left: QueryBody
  readonly right: QueryBody
}

export interface Values extends Located {
  readonly kind: 'Values'
  readonly rows: readonly Expression[]
}

/** `TABLE name`. */
export interface TableStatement extends Located {
  readonly kind: 'TableStatement'
  readonly table: Table
}

export interface QuerySpecification extends Located {
  readonly kind: 'QuerySpecification'
  readonly distinct: boolean
  readonly items: readonly SelectItem[]
  /** Relations joined by commas; empty without FROM. */
  readonly from: readonly Relation[]
  readonly where?: Expression
  readonly groupBy?: GroupBy
  readonly having?: Expression
  readonly windows: readonly WindowDefinition[]
}

export type SelectItem = SingleColumn | AllColumns

export interface SingleColumn extends Located {
  readonly kind: 'SingleColumn'
  readonly expression: Expression
  readonly alias?: Name
}

/** `*`, `t.*`, `(row expression).*`, each with optional `AS (a, b)`. */
export interface AllColumns extends Located {
  readonly kind: 'AllColumns'
  readonly target?: Expression
  readonly aliases?: readonly Name[]
}

export interface GroupBy extends Located {
  readonly kind: 'GroupBy'
  /** GROUP BY DISTINCT: duplicate grouping sets count once. */
  readonly distinct: boolean
  readonly elements: readonly GroupingElement[]
}

export type GroupingElement =
  /** One expression, or a parenthesised list; `()` is the empty list. */
  | (Located & { readonly kind: 'SimpleGroupBy'; readonly expressions: readonly Expression[] })
  | (Located & { readonly kind: 'Rollup' | 'Cube' | 'GroupingSets'; readonly sets: readonly (readonly Expression[])[] })

export interface SortItem extends Located {
  readonly kind: 'SortItem'
  readonly expression: Expression
  readonly descending: boolean
  /** Absent: last, in both directions. */
  readonly nulls?: 'FIRST' | 'LAST'
}

// ---------------------------------------------------------------- relations

export type Relation =
  | Table
  | TableSubquery
  | Unnest
  | Lateral
  | Join
  | AliasedRelation
  | SampledRelation
  | ParenthesizedRelation

export interface Table extends Located {
  readonly kind: 'Table'
  readonly name: QualifiedName
  /** FOR VERSION AS OF / FOR TIMESTAMP AS OF. */
  readonly asOf?: { readonly unit: 'VERSION' | 'TIMESTAMP'; readonly value: Expression }
  /** Never a WITH query, whatever there is around: the name stands in a view. */
  readonly isOfCatalog?: true
}

export interface TableSubquery extends Located {
  readonly kind: 'TableSubquery'
  readonly query: Query
}

export interface Lateral extends Located {
  readonly kind: 'Lateral'
  readonly query: Query
}

export interface Unnest extends Located {
  readonly kind: 'Unnest'
  readonly expressions: readonly Expression[]
  readonly withOrdinality: boolean
}

export interface Join extends Located {
  readonly kind: 'Join'
  /** `IMPLICIT` is never produced: a comma is a list in `from`. */
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'CROSS'
  readonly left: Relation
  readonly right: Relation
  readonly criteria?:
    | { readonly kind: 'On'; readonly expression: Expression }
    | { readonly kind: 'Using'; readonly columns: readonly Name[] }
}

export interface AliasedRelation extends Located {
  readonly kind: 'AliasedRelation'
  readonly relation: Relation
  readonly alias: Name
  readonly columns?: readonly Name[]
}

export interface SampledRelation extends Located {
  readonly kind: 'SampledRelation'
  readonly relation: Relation
  readonly method: 'BERNOULLI' | 'SYSTEM'
  readonly percentage: Expression
}

export interface ParenthesizedRelation extends Located {
  readonly kind: 'ParenthesizedRelation'
  readonly relation: Relation
}

// ---------------------------------------------------------------- names and types

/** An identifier where only a name can stand. `value` keeps the spelling, without quotes. */
export interface Name extends Located {
  readonly kind: 'Name'
  readonly value: string
  readonly quoted: boolean
}

export interface QualifiedName extends Located {
  readonly kind: 'QualifiedName'
  readonly parts: readonly Name[]
}

/** A type as written: `map(varchar, json)`, `timestamp(3) with time zone`, `row(a bigint, varchar)`. */
export type TypeNode =
  | (Located & {
      readonly kind: 'GenericType'
      readonly name: string
      readonly arguments: readonly (TypeNode | number)[]
    })
  | (Located & {
      readonly kind: 'DateTimeType'
      readonly name: 'time' | 'timestamp'
      readonly precision?: number
      readonly withTimeZone: boolean
    })
  | (Located & { readonly kind: 'IntervalType'; readonly from: IntervalField; readonly to: IntervalField })
  | (Located & {
      readonly kind: 'RowType'
      readonly fields: readonly { readonly name?: Name; readonly type: TypeNode }[]
    })

export type IntervalField = 'YEAR' | 'MONTH' | 'DAY' | 'HOUR' | 'MINUTE' | 'SECOND'

// ---------------------------------------------------------------- expressions

export type Literal =
  | NullLiteral
  | BooleanLiteral
  | LongLiteral
  | DecimalLiteral
  | DoubleLiteral
  | StringLiteral
  | BinaryLiteral
  | GenericLiteral
  | IntervalLiteral

export type Expression =
  | Literal
  | Parameter
  | Identifier
  | Dereference
  | Subscript
  | Parenthesized
  | Row
  | ArrayConstructor
  | Arithmetic
  | Negation
  | Concatenation
  | AtTimeZone
  | Comparison
  | QuantifiedComparison
  | IsDistinctFrom
  | Between
  | In
  | Like
  | IsNull
  | Exists
  | Subquery
  | Not
  | Logical
  | SimpleCase
  | SearchedCase
  | Cast
  | FunctionCall
  | Lambda
  | Extract
  | Trim
  | CurrentValue
  | Grouping
  | JsonFunction

export interface NullLiteral extends Located {
  readonly kind: 'NullLiteral'
}

export interface BooleanLiteral extends Located {
  readonly kind: 'BooleanLiteral'
  readonly value: boolean
}

/** An integer literal, in any base, with the minus sign of a `-` before it folded in; checked to fit 64 bits. */
export interface LongLiteral extends Located {
  readonly kind: 'LongLiteral'
  readonly value: bigint
}

/** `1.5`, `.5`, `5.`; `text` is the literal without `_`, its sign folded in. */
export interface DecimalLiteral extends Located {
  readonly kind: 'DecimalLiteral'
  readonly text: string
}

/** `1E0`; `text` as for decimals. */
export interface DoubleLiteral extends Located {
  readonly kind: 'DoubleLiteral'
  readonly text: string
}

/** `'…'` or `U&'…'`, decoded. */
export interface StringLiteral extends Located {
  readonly kind: 'StringLiteral'
  readonly value: string
}

/** `X'…'`: lower-case hex digits without spaces. */
export interface BinaryLiteral extends Located {
  readonly kind: 'BinaryLiteral'
  readonly hex: string
}

/** A typed literal: `DATE '…'`, `TIMESTAMP '…'`, `DECIMAL '…'`, `JSON '…'`; `type` in lower case (`double precision` is `double`). */
export interface GenericLiteral extends Located {
  readonly kind: 'GenericLiteral'
  readonly type: string
  readonly value: string
}

export interface IntervalLiteral extends Located {
  readonly kind: 'IntervalLiteral'
  readonly sign: 1 | -1
  readonly value: string
  readonly from: IntervalField
  readonly to?: IntervalField
}

/** A `?`, by its place from 0. */
export interface Parameter extends Located {
  readonly kind: 'Parameter'
  readonly index: number
}

/** A name in an expression: a column, a table (as the base of a dereference), or a lambda argument. */
export interface Identifier extends Located {
  readonly kind: 'Identifier'
  readonly value: string
  readonly quoted: boolean
}

/** `base.field`; whether `base` is a table or a row is for analysis to say. */
export interface Dereference extends Located {
  readonly kind: 'Dereference'
  readonly base: Expression
  readonly field: Name
}

export interface Subscript extends Located {
  readonly kind: 'Subscript'
  readonly base: Expression
  readonly index: Expression
}

/** `(x)`: kept so that labels and printing see it. */
export interface Parenthesized extends Located {
  readonly kind: 'Parenthesized'
  readonly expression: Expression
}

/** `ROW(a, b)` or `(a, b)`. */
export interface Row extends Located {
  readonly kind: 'Row'
  readonly items: readonly Expression[]
}

/** `ARRAY[a, b]` or `[a, b]`. */
export interface ArrayConstructor extends Located {
  readonly kind: 'ArrayConstructor'
  readonly items: readonly Expression[]
}

export interface Arithmetic extends Located {
  readonly kind: 'Arithmetic'
  readonly operator: '+' | '-' | '*' | '/' | '%'
  readonly left: Expression
  readonly right: Expression
}

/** Unary sign on anything but a number literal (there it is folded in). */
export interface Negation extends Located {
  readonly kind: 'Negation'
  readonly operator: '+' | '-'
  readonly value: Expression
}

/** `a || b`. */
export interface Concatenation extends Located {
  readonly kind: 'Concatenation'
  readonly left: Expression
  readonly right: Expression
}

export interface AtTimeZone extends Located {
  readonly kind: 'AtTimeZone'
  readonly value: Expression
  readonly zone: Expression
}

export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>='

/** `!=` is `<>`. */
export interface Comparison extends Located {
  readonly kind: 'Comparison'
  readonly operator: ComparisonOperator
  readonly left: Expression
  readonly right: Expression
}

/** `x = ANY (query)`; SOME is ANY. */
export interface QuantifiedComparison extends Located {
  readonly kind: 'QuantifiedComparison'
  readonly operator: ComparisonOperator
  readonly quantifier: 'ALL' | 'ANY'
  readonly value: Expression
  readonly query: Query
}

export interface IsDistinctFrom extends Located {
  readonly kind: 'IsDistinctFrom'
  readonly negated: boolean
  readonly left: Expression
  readonly right: Expression
}

export interface Between extends Located {
  readonly kind: 'Between'
  readonly negated: boolean
  readonly value: Expression
  readonly min: Expression
  readonly max: Expression
}

export interface In extends Located {
  readonly kind: 'In'
  readonly negated: boolean
  readonly value: Expression
  readonly list: readonly Expression[] | Query
}

export interface Like extends Located {
  readonly kind: 'Like'
  readonly negated: boolean
  readonly value: Expression
  readonly pattern: Expression
  readonly escape?: Expression
}

export interface IsNull extends Located {
  readonly kind: 'IsNull'
  readonly negated: boolean
  readonly value: Expression
}

export interface Exists extends Located {
  readonly kind: 'Exists'
  readonly query: Query
}

/** A query as a value. */
export interface Subquery extends Located {
  readonly kind: 'Subquery'
  readonly query: Query
}

export interface Not extends Located {
  readonly kind: 'Not'
  readonly value: Expression
}

/** A chain of one operator: `a AND b AND c` is one node of three terms. */
export interface Logical extends Located {
  readonly kind: 'Logical'
  readonly operator: 'AND' | 'OR'
  readonly terms: readonly Expression[]
}

export interface WhenClause extends Located {
  readonly kind: 'WhenClause'
  readonly operand: Expression
  readonly result: Expression
}

export interface SimpleCase extends Located {
  readonly kind: 'SimpleCase'
  readonly operand: Expression
  readonly whens: readonly WhenClause[]
  readonly otherwise?: Expression
}

export interface SearchedCase extends Located {
  readonly kind: 'SearchedCase'
  readonly whens: readonly WhenClause[]
  readonly otherwise?: Expression
}

/** CAST or TRY_CAST (`safe`). */
export interface Cast extends Located {
  readonly kind: 'Cast'
  readonly safe: boolean
  readonly value: Expression
  readonly type: TypeNode
}

/** Every call by name; IF, COALESCE, NULLIF, TRY, LISTAGG, SUBSTRING(x FROM n), POSITION(a IN b), NORMALIZE become calls too. */
export interface FunctionCall extends Located {
  readonly kind: 'FunctionCall'
  readonly name: QualifiedName
  readonly distinct: boolean
  /** `count(*)`: then `arguments` is empty. */
  readonly star: boolean
  readonly arguments: readonly Expression[]
  /** ORDER BY inside the parentheses, or WITHIN GROUP (ORDER BY …). */
  readonly orderBy: readonly SortItem[]
  readonly filter?: Expression
  readonly nulls?: 'IGNORE' | 'RESPECT'
  readonly over?: Window | Name
  /** LISTAGG … ON OVERFLOW; absent is ERROR. */
  readonly overflow?: { readonly filler?: string; readonly withCount: boolean }
}

export interface WindowDefinition extends Located {
  readonly kind: 'WindowDefinition'
  readonly name: Name
  readonly window: Window
}

export interface Window extends Located {
  readonly kind: 'Window'
  /** A named window that this one extends. */
  readonly base?: Name
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly SortItem[]
  readonly frame?: WindowFrame
}

export interface WindowFrame extends Located {
  readonly kind: 'WindowFrame'
  readonly unit: 'RANGE' | 'ROWS' | 'GROUPS'
  readonly start: FrameBound
  /** Absent: CURRENT ROW. */
  readonly end?: FrameBound
}

export interface FrameBound extends Located {
  readonly kind: 'FrameBound'
  readonly type: 'UNBOUNDED PRECEDING' | 'PRECEDING' | 'CURRENT ROW' | 'FOLLOWING' | 'UNBOUNDED FOLLOWING'
  /** With PRECEDING and FOLLOWING. */
  readonly value?: Expression
}

export interface Lambda extends Located {
  readonly kind: 'Lambda'
  readonly parameters: readonly Name[]
  readonly body: Expression
}

/** EXTRACT(field FROM value); `field` in upper case. */
export interface Extract extends Located {
  readonly kind: 'Extract'
  readonly field: string
  readonly value: Expression
}

export interface Trim extends Located {
  readonly kind: 'Trim'
  readonly side: 'LEADING' | 'TRAILING' | 'BOTH'
  readonly value: Expression
  readonly characters?: Expression
}

/** CURRENT_DATE, CURRENT_TIMESTAMP(p), CURRENT_USER, … */
export interface CurrentValue extends Located {
  readonly kind: 'CurrentValue'
  readonly name:
    | 'DATE'
    | 'TIME'
    | 'TIMESTAMP'
    | 'LOCALTIME'
    | 'LOCALTIMESTAMP'
    | 'USER'
    | 'CATALOG'
    | 'SCHEMA'
    | 'PATH'
    | 'ROLE'
  readonly precision?: number
}

/** GROUPING(a, b). */
export interface Grouping extends Located {
  readonly kind: 'Grouping'
  readonly arguments: readonly Expression[]
}

/** JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT, JSON_ARRAY: SQL/JSON, with their clauses. */
export interface JsonFunction extends Located {
  readonly kind: 'JsonFunction'
  readonly name: 'JSON_EXISTS' | 'JSON_VALUE' | 'JSON_QUERY' | 'JSON_OBJECT' | 'JSON_ARRAY'
  /** The input of EXISTS, VALUE and QUERY, the elements of ARRAY, the values of OBJECT. */
  readonly arguments: readonly Expression[]
  /** Keys of JSON_OBJECT, one for each argument. */
  readonly keys?: readonly Expression[]
  /** The path of EXISTS, VALUE and QUERY. */
  readonly path?: string
  /** PASSING value AS name. */
  readonly passing?: readonly { readonly value: Expression; readonly name: Name; readonly formatJson: boolean }[]
  /** FORMAT JSON, by argument. */
  readonly formatJson?: readonly boolean[]
  readonly returning?: TypeNode
  readonly nullOnNull?: boolean
  readonly uniqueKeys?: boolean
  readonly wrapper?: 'WITHOUT' | 'CONDITIONAL' | 'UNCONDITIONAL'
  readonly quotes?: 'KEEP' | 'OMIT'
  readonly onEmpty?: JsonBehavior
  readonly onError?: JsonBehavior
}

export type JsonBehavior =
  | { readonly kind: 'NULL' | 'ERROR' | 'TRUE' | 'FALSE' | 'UNKNOWN' | 'EMPTY ARRAY' | 'EMPTY OBJECT' }
  | { readonly kind: 'DEFAULT'; readonly value: Expression }

/** Any node of the tree. */
export type Node =
  | Query
  | With
  | WithQuery
  | QueryBody
  | Limit
  | SelectItem
  | GroupBy
  | GroupingElement
  | SortItem
  | Relation
  | Name
  | QualifiedName
  | TypeNode
  | Expression
  | WhenClause
  | WindowDefinition
  | Window
  | WindowFrame
  | FrameBound
