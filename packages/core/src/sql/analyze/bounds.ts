import type { ScanBounds } from '../../schema/bounds.ts'
import { sameType } from '../../schema/types.ts'
import type * as ast from '../ast.ts'
import { walk } from '../visit.ts'
import { findWindowed } from './aggregates.ts'
import type { Analysis, RelationColumn, RelationLeaf } from './analysis.ts'
import { ConstantFolder } from './constants.ts'
import { expressionKey } from './expression-key.ts'
import {
  allOf,
  anyOf,
  columnKeyOf,
  type EqualColumns,
  type Fact,
  FactFinder,
  type Facts,
  NO_FACTS,
  shareFacts,
} from './facts.ts'
import { findFirstRows } from './first-rows.ts'
import { recordIdleConditions } from './idle-conditions.ts'
import { findNeedles } from './needles.ts'
import type { AnalyzeOptions } from './state.ts'

/**
 * Fills in, for every use of a table, what the query proves about the rows it can need.
 *
 * Conditions come from WHERE and from ON where rows that fail it do not matter; they are carried into derived tables and WITH queries
 * whose rows pass unchanged. Each bound is a necessary condition: rows outside never change the answer.
 */
export function deriveBounds(analysis: Analysis, options: Pick<AnalyzeOptions, 'now' | 'parameters'>): void {
  new BoundsFinder(analysis, new ConstantFolder(analysis, options)).query(analysis.query, [])
}

/** What the reader of a query proves about each of its columns, by position: facts about the column itself and its members. */
type ColumnFacts = readonly (ReadonlyMap<string, Fact> | undefined)[]

class BoundsFinder {
  readonly #analysis: Analysis
  readonly #constants: ConstantFolder
  readonly #finder: FactFinder
  readonly #withUses = new Map<ast.WithQuery, ColumnFacts[]>()

  constructor(analysis: Analysis, constants: ConstantFolder) {
    this.#analysis = analysis
    this.#constants = constants
    this.#finder = new FactFinder(analysis, constants)
  }

  query(node: ast.Query, wanted: ColumnFacts): void {
    // LIMIT chooses among all rows.
    this.#body(node.body, node.limit || node.offset ? [] : wanted, node)
    const found = findFirstRows(this.#analysis, this.#finder, this.#constants, node)
    if (found) Object.assign(found.source.bounds, { first: found.first })
    for (const item of node.orderBy) this.#subqueries(item.expression)
    // A WITH query is read by what follows it only: those uses are known by now.
    for (const query of node.with?.queries.toReversed() ?? []) this.query(query.query, this.#unionOfUses(query))
  }

  #unionOfUses(query: ast.WithQuery): ColumnFacts {
    const uses = this.#withUses.get(query) ?? []
    const isRecursive = query.query.body.kind === 'SetOperation' && this.#readsItself(query)
    if (uses.length === 0 || isRecursive) return []
    const width = Math.max(...uses.map((use) => use.length))
    return Array.from({ length: width }, (_, i) => {
      const union = anyOf(uses.map((use) => use[i] ?? NO_FACTS))
      return union === 'never' ? undefined : union
    })
  }

  #readsItself(query: ast.WithQuery): boolean {
    let found = false
    walk(query.query, (node) => {
      if (node.kind === 'Table') {
        const source = this.#analysis.leaves.get(node)?.source
        if (source?.kind === 'with' && source.query === query) found = true
      }
    })
    return found
  }

  #body(node: ast.QueryBody, wanted: ColumnFacts, query?: ast.Query): void {
    switch (node.kind) {
      case 'Query':
        this.query(node, wanted)
        break
      case 'SetOperation':
        this.#body(node.left, wanted)
        this.#body(node.right, wanted)
        break
      case 'QuerySpecification':
        this.#specification(node, wanted, query)
        break
      case 'TableStatement': {
        const leaf = this.#analysis.leaves.get(node.table)
        if (leaf)
          this.#leaf(
            leaf,
            this.#factsOfColumns(
              leaf.columns.filter((column) => !column.hidden),
              wanted,
            ),
          )
        break
      }
      case 'Values':
        for (const row of node.rows) this.#subqueries(row)
    }
  }

  #specification(node: ast.QuerySpecification, wanted: ColumnFacts, query: ast.Query | undefined): void {
    const own = node.where ? this.#finder.facts(node.where) : NO_FACTS
    if (node.where) recordIdleConditions(this.#analysis, this.#finder, node.where)
    const found = findNeedles(this.#analysis, this.#finder, node)
    if (found) {
      Object.assign(found.source.bounds, { needles: found.needles })
      found.source.idle.delete(found.condition)
    }
    const equal = node.where ? this.#finder.equalColumns(node.where) : []
    const facts = shareFacts(allOf([own, this.#inherited(node, wanted, query)]), equal)
    for (const relation of node.from) this.#relation(relation, facts)
    for (const item of node.items) {
      if (item.kind === 'SingleColumn') this.#subqueries(item.expression)
      else if (item.target) this.#subqueries(item.target)
    }
    if (node.where) this.#subqueries(node.where)
    if (node.having) this.#subqueries(node.having)
    if (node.groupBy) this.#subqueries(node.groupBy)
  }

  /** What the reader of a SELECT proves about the rows below it: nothing where groups or windows look at other rows, too. */
  #inherited(node: ast.QuerySpecification, wanted: ColumnFacts, query: ast.Query | undefined): Facts {
    const specification = this.#analysis.specifications.get(node)
    if (!specification || wanted.every((fact) => fact === undefined)) return NO_FACTS
    const { items, grouping } = specification
    const expressions = items.flatMap((item) => (item.kind === 'expression' ? [item.expression] : []))
    if (findWindowed([...expressions, ...(query?.orderBy.map((item) => item.expression) ?? [])]).length > 0)
      return NO_FACTS
    if (grouping && grouping.sets.length !== 1) return NO_FACTS
    const grouped =
      grouping && new Set(grouping.expressions.map((expression) => expressionKey(this.#analysis, expression)))
    const facts = new Map<string, Fact>()
    for (const [i, item] of items.entries()) {
      const isGrouped =
        !grouped || (item.kind === 'expression' && grouped.has(expressionKey(this.#analysis, item.expression)))
      const key =
        item.kind === 'expression'
          ? this.#finder.keyOf(item.expression)
          : item.kind === 'column'
            ? columnKeyOf(item.column)
            : undefined
      if (key === undefined || !isGrouped) continue
      for (const [member, fact] of wanted[i] ?? []) facts.set(key + member, fact)
    }
    return facts
  }

  #relation(node: ast.Relation, facts: Facts): void {
    switch (node.kind) {
      case 'Join':
        this.#join(node, facts)
        break
      case 'AliasedRelation':
      case 'SampledRelation':
      case 'ParenthesizedRelation':
        this.#relation(node.relation, facts)
        break
      case 'Unnest':
        for (const expression of node.expressions) this.#subqueries(expression)
        break
      default: {
        const leaf = this.#analysis.leaves.get(node)
        if (leaf) this.#leaf(leaf, facts)
      }
    }
  }

  /**
   * Rows of an outer join's other side are kept whatever ON says; facts of the WHERE clause reject the NULLs that replace a row.
   *
   * What ON makes equal shares its facts: a row of the other side that has another value meets no row that matters.
   */
  #join(node: ast.Join, facts: Facts): void {
    const condition = node.criteria?.kind === 'On' ? node.criteria.expression : undefined
    const on = condition ? allOf([facts, this.#finder.facts(condition)]) : facts
    if (condition) recordIdleConditions(this.#analysis, this.#finder, condition)
    const equal = node.type === 'FULL' ? [] : this.#equalColumns(node, condition)
    const of = (isInner: boolean) => shareFacts(isInner ? on : facts, equal)
    this.#relation(node.left, of(node.type === 'INNER' || node.type === 'RIGHT'))
    this.#relation(node.right, of(node.type === 'INNER' || node.type === 'LEFT'))
    if (condition) this.#subqueries(condition)
  }

  #equalColumns(node: ast.Join, condition: ast.Expression | undefined): readonly EqualColumns[] {
    const merged = (this.#analysis.usings?.get(node) ?? []).flatMap(({ type, origin }): EqualColumns[] => {
      if (origin.kind !== 'using') return []
      const [left, right] = [columnKeyOf(origin.left), columnKeyOf(origin.right)]
      const isPlain = sameType(origin.left.type, type) && sameType(origin.right.type, type)
      return left !== undefined && right !== undefined && isPlain ? [[left, right]] : []
    })
    return [...merged, ...(condition ? this.#finder.equalColumns(condition) : [])]
  }

  #leaf(leaf: RelationLeaf, facts: Facts): void {
    const { source } = leaf
    switch (source.kind) {
      case 'table':
        Object.assign(source.bounds, tableBounds(leaf, facts))
        break
      case 'query':
        this.query(source.query, columnFacts(leaf.columns, facts))
        break
      case 'with':
        this.#withUses.set(source.query, [
          ...(this.#withUses.get(source.query) ?? []),
          columnFacts(leaf.columns, facts),
        ])
        break
      case 'unnest':
    }
  }

  /** Facts by the keys of a leaf's columns from facts by position. */
  #factsOfColumns(columns: readonly RelationColumn[], wanted: ColumnFacts): Facts {
    const facts = new Map<string, Fact>()
    for (const [i, column] of columns.entries()) {
      for (const [member, fact] of wanted[i] ?? []) facts.set(columnKeyOf(column) + member, fact)
    }
    return facts
  }

  /** Queries in an expression: nothing is known of what is done with their rows. */
  #subqueries(node: ast.Node): void {
    walk(node, (child) => {
      if (child.kind !== 'Query') return true
      this.query(child, [])
      return false
    })
  }
}

/** The facts about each column, by what follows the column's own key: `` or `.member`. */
function columnFacts(columns: readonly RelationColumn[], facts: Facts): ColumnFacts {
  if (facts === 'never') return []
  return columns.map((column) => {
    const key = columnKeyOf(column)
    const own = [...facts].filter(([name]) => name === key || name.startsWith(`${key}.`))
    return own.length === 0 ? undefined : new Map(own.map(([name, fact]) => [name.slice(key!.length), fact]))
  })
}

function tableBounds(leaf: RelationLeaf, facts: Facts): ScanBounds {
  if (facts === 'never') return {}
  const about = (path: string): Fact | undefined => {
    const [name, ...members] = path.split('.')
    const column = leaf.columns.find(({ origin }) => origin.kind === 'own' && origin.catalog?.name === name)
    return column && facts.get([columnKeyOf(column), ...members].join('.'))
  }
  const time = about('eventtime')
  const days = about('calendarday')
  const minTimeMs = latest(time?.min, isDay(days?.min) ? startOfDay(days.min) : undefined)
  const maxTimeMs = earliest(time?.max, isDay(days?.max) ? endOfDay(days.max) : undefined)
  const account = about('recipientaccountid')
  const region = about('awsregion')
  const eventIds = about('eventid')?.values
  const accessKeyIds = about('useridentity.accesskeyid')?.values
  return {
    ...(minTimeMs === undefined ? {} : { minTimeMs }),
    ...(maxTimeMs === undefined ? {} : { maxTimeMs }),
    ...(account?.values ? { accounts: account.values } : {}),
    ...(account?.notNull ? { accountNotNull: true } : {}),
    ...(region?.values ? { regions: region.values } : {}),
    ...(region?.notNull ? { regionNotNull: true } : {}),
    ...(eventIds ? { eventIds } : {}),
    ...(accessKeyIds ? { accessKeyIds } : {}),
  }
}

const latest = (a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b)
const earliest = (a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b)

/** The start of the first day that `calendarday` >= `day` allows; the number need be no real day. */
function startOfDay(day: number): number {
  const { year, month, date } = calendarParts(day)
  if (month < 1) return Date.UTC(year, 0, 1)
  if (month > 12) return Date.UTC(year + 1, 0, 1)
  return date > daysIn(year, month) ? Date.UTC(year, month, 1) : Date.UTC(year, month - 1, Math.max(1, date))
}

/** The last millisecond of the last day that `calendarday` <= `day` allows. */
function endOfDay(day: number): number {
  const { year, month, date } = calendarParts(day)
  if (month < 1) return Date.UTC(year, 0, 1) - 1
  if (month > 12) return Date.UTC(year + 1, 0, 1) - 1
  return Date.UTC(year, month - 1, Math.min(date, daysIn(year, month)) + 1) - 1
}

function calendarParts(day: number): { readonly year: number; readonly month: number; readonly date: number } {
  return { year: Math.floor(day / 10_000), month: Math.floor(day / 100) % 100, date: day % 100 }
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** Four-digit years: others are no days that Date.UTC takes as written. */
const isDay = (day: number | undefined): day is number => day !== undefined && day >= 10_000_000 && day < 100_000_000
