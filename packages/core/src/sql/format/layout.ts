import type * as ast from '../ast.ts'
import * as t from '../tokens.ts'
import { K, type Token } from '../tokens.ts'
import { children } from '../visit.ts'
import { createPlaces } from './places.ts'
import type { Spacing } from './spacing.ts'

/** Tokens that stand on one line when they fit, or else break at all of their places. */
export interface Group {
  readonly from: number
  readonly to: number
}

export interface Layout {
  /** Outer ones before inner ones. */
  readonly groups: readonly Group[]
  /** The group whose breaking puts a token on a new line. */
  readonly breaks: readonly (Group | undefined)[]
  /** Indents of a token that starts a line. */
  readonly depths: readonly number[]
}

/** Bracketed text this short is never broken. */
const SHORT = 24

/** Decides where lines may break, which places break together, and how far lines are indented. */
export function planLayout(tokens: readonly Token[], query: ast.Query, spacing: Spacing): Layout {
  const { first, last } = createPlaces(tokens)
  const groups: Group[] = []
  const breaks: (Group | undefined)[] = tokens.map(() => undefined)
  const depths = tokens.map(() => 0)
  const brackets = new Map<number, Group>()

  const group = (from: number, to: number): Group => {
    const made = { from, to }
    groups.push(made)
    return made
  }
  const breakBefore = (i: number, by: Group): void => {
    breaks[i] ??= by
  }
  const indent = (from: number, to: number): void => {
    for (let i = from; i <= to; i++) depths[i]! += 1
  }
  const type = (i: number) => tokens[i]?.tokenType
  const flatWidth = (from: number, to: number): number => {
    let width = 0
    for (let i = from; i <= to; i++) width += spacing.texts[i]!.length + (spacing.blanks[i] ? 1 : 0)
    return width
  }

  /** Items with commas between them: on one line, or each on its own. */
  const list = (items: readonly ast.Located[]): void => {
    if (items.length < 2) return
    const [from, to] = [first(items[0]!), last(items.at(-1)!)]
    // The word before the first item belongs to it: whether that item is on a new line is decided there.
    const all = group(from - 1, to)
    for (const item of items) breakBefore(first(item), all)
    indent(from, to)
  }

  const visitQuery = (node: ast.Query): void => {
    const all = group(first(node), last(node))
    if (node.with) {
      for (const named of node.with.queries.slice(1)) breakBefore(first(named), all)
      breakBefore(last(node.with) + 1, all)
    }
    visitBody(node.body, all)
    if (node.orderBy.length > 0) {
      breakBefore(first(node.orderBy[0]!) - 2, all)
      list(node.orderBy)
    }
    if (node.offset) breakBefore(first(node.offset) - 1, all)
    if (node.limit) breakBefore(first(node.limit), all)
  }

  const visitBody = (body: ast.QueryBody, all: Group): void => {
    if (body.kind === 'QuerySpecification') visitSelect(body, all)
    else if (body.kind === 'Values') list(body.rows)
    else if (body.kind === 'SetOperation') {
      visitBody(body.left, body.left.kind === 'SetOperation' ? all : group(first(body.left), last(body.left)))
      let operator = last(body.left) + 1
      while (type(operator) === t.RParen) operator += 1
      breakBefore(operator, all)
      const quantified = type(operator + 1) === K.ALL || type(operator + 1) === K.DISTINCT
      breakBefore(operator + (quantified ? 2 : 1), all)
      visitBody(body.right, group(first(body.right), last(body.right)))
    }
  }

  const visitSelect = (node: ast.QuerySpecification, all: Group): void => {
    list(node.items)
    const [from, ...more] = node.from
    if (from) breakBefore(first(from) - 1, all)
    for (const relation of more) {
      breakBefore(first(relation), all)
      indent(first(relation), last(relation))
    }
    for (const relation of node.from) visitJoins(relation, all)
    if (node.where) breakBefore(first(node.where) - 1, all)
    if (node.groupBy) {
      breakBefore(first(node.groupBy), all)
      list(node.groupBy.elements)
    }
    if (node.having) breakBefore(first(node.having) - 1, all)
    if (node.windows.length > 0) breakBefore(first(node.windows[0]!) - 1, all)
    list(node.windows)
  }

  const visitJoins = (relation: ast.Relation, all: Group): void => {
    if (relation.kind !== 'Join') return
    visitJoins(relation.left, all)
    breakBefore(last(relation.left) + 1, all)
  }

  /** An operator begins the line that goes on. */
  const visitOperators = (node: ast.Located, operators: readonly number[], indented: boolean): void => {
    const all = group(first(node), last(node))
    for (const operator of operators) breakBefore(operator, all)
    if (indented) indent(operators[0]!, last(node))
  }

  const visitCase = (node: ast.SimpleCase | ast.SearchedCase): void => {
    const all = group(first(node), last(node))
    for (const when of node.whens) breakBefore(first(when), all)
    if (node.otherwise) breakBefore(first(node.otherwise) - 1, all)
    breakBefore(last(node), all)
    indent(first(node.whens[0]!), last(node) - 1)
  }

  const visitWindow = (node: ast.Window): void => {
    const all = brackets.get(first(node))
    if (!all) return
    if (node.orderBy.length > 0) breakBefore(first(node.orderBy[0]!) - 2, all)
    if (node.frame) breakBefore(first(node.frame), all)
  }

  const visit = (node: ast.Node, parent?: ast.Node): void => {
    if (node.kind === 'Query') visitQuery(node)
    else if (node.kind === 'ParenthesizedRelation' && node.relation.kind === 'Join')
      visitJoins(node.relation, brackets.get(first(node)) ?? group(first(node), last(node)))
    else if (node.kind === 'Logical')
      visitOperators(
        node,
        node.terms.slice(1).map((term) => first(term) - 1),
        parent?.kind !== 'Parenthesized',
      )
    else if (node.kind === 'Arithmetic' || node.kind === 'Concatenation')
      visitOperators(node, [first(node.right) - 1], true)
    else if (node.kind === 'SimpleCase' || node.kind === 'SearchedCase') visitCase(node)
    else if (node.kind === 'Window') visitWindow(node)
    for (const child of children(node)) visit(child, node)
  }

  /** What stands in brackets is indented; its commas break with them. */
  const planBrackets = (): void => {
    const open: { readonly at: number; readonly commas: number[] }[] = []
    tokens.forEach(({ tokenType }, i) => {
      if (tokenType === t.LParen || tokenType === t.LBracket) open.push({ at: i, commas: [] })
      else if (tokenType === t.Comma) open.at(-1)?.commas.push(i)
      else if (tokenType === t.RParen || tokenType === t.RBracket) {
        const { at, commas } = open.pop()!
        if (i === at + 1 || flatWidth(at + 1, i - 1) < SHORT) return
        const all = group(at, i)
        brackets.set(at, all)
        breakBefore(at + 1, all)
        for (const comma of commas) breakBefore(comma + 1, all)
        breakBefore(i, all)
        indent(at + 1, i - 1)
      }
    })
  }

  planBrackets()
  visit(query)
  return { groups: groups.sort((a, b) => a.from - b.from || b.to - a.to), breaks, depths }
}
