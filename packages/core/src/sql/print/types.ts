import type * as ast from '../ast.ts'
import { nameText } from './names.ts'

/** A type as CAST takes it. */
export function typeText(type: ast.TypeNode): string {
  switch (type.kind) {
    case 'GenericType': {
      const parameters = type.arguments.map((a) => (typeof a === 'number' ? String(a) : typeText(a)))
      const name = nameText({ value: type.name, quoted: false })
      return parameters.length > 0 ? `${name}(${parameters.join(', ')})` : name
    }
    case 'DateTimeType': {
      const precision = type.precision === undefined ? '' : `(${type.precision})`
      return `${type.name}${precision}${type.withTimeZone ? ' with time zone' : ''}`
    }
    case 'IntervalType': {
      const to = type.to === type.from ? '' : ` to ${type.to.toLowerCase()}`
      return `interval ${type.from.toLowerCase()}${to}`
    }
    case 'RowType': {
      const fields = type.fields.map((f) => (f.name ? `${nameText(f.name)} ${typeText(f.type)}` : typeText(f.type)))
      return `row(${fields.join(', ')})`
    }
  }
}
