import type * as ast from '../ast.ts'
import { level } from '../parser/levels.ts'
import { columnsText, nameText, qualifiedText } from './names.ts'
import { list, type Printer, words } from './printer.ts'

/** What stands in FROM. */
export function relationText(node: ast.Relation, p: Printer): string {
  switch (node.kind) {
    case 'Table':
      return words(
        qualifiedText(node.name),
        node.asOf && `FOR ${node.asOf.unit} AS OF ${p.expression(node.asOf.value, level.concat)}`,
      )
    case 'TableSubquery':
      return `(${p.query(node.query)})`
    case 'Lateral':
      return `LATERAL (${p.query(node.query)})`
    case 'Unnest':
      return words(
        `UNNEST(${list(node.expressions, (e) => p.expression(e))})`,
        node.withOrdinality && 'WITH ORDINALITY',
      )
    case 'ParenthesizedRelation':
      return `(${p.relation(node.relation)})`
    case 'AliasedRelation':
      return `${p.relation(node.relation)} AS ${nameText(node.alias)}${columnsText(node.columns)}`
    case 'SampledRelation':
      return `${p.relation(node.relation)} TABLESAMPLE ${node.method} (${p.expression(node.percentage)})`
    case 'Join':
      return joinText(node, p)
  }
}

function joinText({ type, left, right, criteria }: ast.Join, p: Printer): string {
  return words(
    `${p.relation(left)} ${type} JOIN ${p.relation(right)}`,
    criteria?.kind === 'On' && `ON ${p.expression(criteria.expression)}`,
    criteria?.kind === 'Using' && `USING ${columnsText(criteria.columns)}`,
  )
}
