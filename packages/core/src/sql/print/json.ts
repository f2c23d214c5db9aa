import type * as ast from '../ast.ts'
import { nameText, quoteString } from './names.ts'
import { list, type Printer, words } from './printer.ts'
import { typeText } from './types.ts'

/** A function of SQL/JSON. */
export function jsonText(node: ast.JsonFunction, p: Printer): string {
  const clauses = [
    node.nullOnNull !== undefined && (node.nullOnNull ? 'NULL ON NULL' : 'ABSENT ON NULL'),
    node.uniqueKeys !== undefined && (node.uniqueKeys ? 'WITH UNIQUE KEYS' : 'WITHOUT UNIQUE KEYS'),
    node.returning && `RETURNING ${typeText(node.returning)}`,
    node.wrapper && `${node.wrapper === 'WITHOUT' ? 'WITHOUT' : `WITH ${node.wrapper}`} ARRAY WRAPPER`,
    node.quotes && `${node.quotes} QUOTES`,
    node.onEmpty && `${behaviorText(node.onEmpty, p)} ON EMPTY`,
    node.onError && `${behaviorText(node.onError, p)} ON ERROR`,
  ]
  return `${node.name}(${words(operandsText(node, p), ...clauses)})`
}

function operandsText(node: ast.JsonFunction, p: Printer): string {
  const operand = (value: ast.Expression, formatJson: boolean | undefined) =>
    words(p.expression(value), formatJson && 'FORMAT JSON')
  const operands = node.arguments.map((value, i) => operand(value, node.formatJson?.[i]))
  if (node.keys) return node.keys.map((key, i) => `${p.expression(key)} : ${operands[i]}`).join(', ')
  if (node.path === undefined) return operands.join(', ')
  const passing = node.passing && list(node.passing, (a) => `${operand(a.value, a.formatJson)} AS ${nameText(a.name)}`)
  return words(`${operands[0]}, ${quoteString(node.path)}`, passing && `PASSING ${passing}`)
}

function behaviorText(behavior: ast.JsonBehavior, p: Printer): string {
  return behavior.kind === 'DEFAULT' ? `DEFAULT ${p.expression(behavior.value)}` : behavior.kind
}
