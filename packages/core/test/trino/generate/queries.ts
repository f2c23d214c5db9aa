import { array, BIGINT, BOOLEAN, type LakeType, map, row, TIMESTAMP, VARCHAR } from '../../../src/schema/types.ts'
import { isComparable, isOrderable } from '../../../src/sql/analyze/coercion.ts'
import { type Column, createExpressionWriter, type Place } from './expressions.ts'
import { literal } from './literals.ts'
import { createRandom, type Random } from './random.ts'
import { randomType } from './types.ts'

/** A random query: what it is made of repeats with the seed. */
export interface RandomQuery {
  readonly sql: string
  /** True where ORDER BY fixes the place of every row. */
  readonly ordered: boolean
}

interface Source {
  readonly sql: string
  readonly columns: readonly Column[]
}

const NOWHERE: Place = { columns: [], lambdas: 0 }

const resources = array(row(['accountid', 'type', 'arn', 'arnprefix'].map((name) => ({ name, type: VARCHAR }))))
const storeColumns: readonly (readonly [string, LakeType])[] = [
  ['eventTime', TIMESTAMP],
  ['eventName', VARCHAR],
  ['eventSource', VARCHAR],
  ['awsRegion', VARCHAR],
  ['sourceIPAddress', VARCHAR],
  ['errorCode', VARCHAR],
  ['eventID', VARCHAR],
  ['recipientAccountId', VARCHAR],
  ['userIdentity.type', VARCHAR],
  ['userIdentity.arn', VARCHAR],
  ['userIdentity.sessionContext.attributes.creationDate', TIMESTAMP],
  ['tlsDetails.tlsVersion', VARCHAR],
  ['readOnly', BOOLEAN],
  ['managementEvent', BOOLEAN],
  ['requestParameters', map(VARCHAR, VARCHAR)],
  ['responseElements', map(VARCHAR, VARCHAR)],
  ['resources', resources],
  ['calendarday', BIGINT],
]

export interface QueryWriter {
  next(): RandomQuery
}

/**
 * Writes random queries that mostly type-check: expressions of wanted types over literals, rows of VALUES and the columns of a store.
 *
 * @param options.store how the store is named in texts; without it only queries without a table are written
 */
export function createQueryWriter(seed: number, options: { readonly store?: string } = {}): QueryWriter {
  const random = createRandom(seed)
  const writer = createExpressionWriter(random)
  const orderable = (): LakeType => pickType(random, isOrderable)

  function select(place: Place, from: string, types: readonly LakeType[], depth: number): string {
    const items = types.map((type, i) => `${writer.expression(type, depth, place)} AS c${i}`)
    const where = from !== '' && random.chance(0.45) ? ` WHERE ${writer.condition(2, place)}` : ''
    return `SELECT ${items.join(', ')}${from}${where}`
  }

  /** A relation of literals, of three to five columns and rows. */
  function values(alias: string): Source {
    const types = Array.from({ length: 3 + random.below(3) }, () => randomType(random, 1))
    const rows = Array.from({ length: 2 + random.below(4) }, (_, i) => {
      const cells = types.map((type) => (i > 0 && random.chance(0.15) ? 'NULL' : literal(type, random)))
      return `(${cells.join(', ')})`
    })
    const names = types.map((_, i) => `k${i}`)
    return {
      sql: `(VALUES ${rows.join(', ')}) AS ${alias} (${names.join(', ')})`,
      columns: names.map((name, i) => ({ sql: `${alias}.${name}`, type: types[i]! })),
    }
  }

  function store(alias: string): Source {
    const columns = storeColumns.map(([name, type]) => ({ sql: `${alias}.${name}`, type }))
    return { sql: `${options.store} AS ${alias}`, columns }
  }

  function source(alias: string): Source {
    const base = options.store !== undefined && random.chance(0.35) ? store(alias) : values(alias)
    if (!random.chance(0.2)) return base
    const lists = base.columns.filter((column) => column.type.kind === 'array' && column.type.element.kind !== 'row')
    if (lists.length === 0) return base
    const list = random.pick(lists)
    if (list.type.kind !== 'array') return base
    const ordinals = random.chance(0.4)
    const names = ordinals ? `${alias}u (x, n)` : `${alias}u (x)`
    const type = random.pick(['CROSS JOIN', 'LEFT JOIN'])
    return {
      sql: `${base.sql} ${type} UNNEST(${list.sql})${ordinals ? ' WITH ORDINALITY' : ''} AS ${names}${type === 'LEFT JOIN' ? ' ON TRUE' : ''}`,
      columns: [
        ...base.columns,
        { sql: `${alias}u.x`, type: list.type.element },
        ...(ordinals ? [{ sql: `${alias}u.n`, type: BIGINT }] : []),
      ],
    }
  }

  function joined(): Source {
    const [left, right] = [values('a'), values('b')]
    const place = { columns: [...left.columns, ...right.columns], lambdas: 0 }
    const type = random.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'CROSS JOIN'])
    const on = joinCondition(left, right, place)
    return {
      sql: `${left.sql} ${type} ${right.sql}${type === 'CROSS JOIN' ? '' : ` ON ${on}`}`,
      columns: place.columns,
    }
  }

  /** An equality where there is one: Trino has no other outer joins. */
  function joinCondition(left: Source, right: Source, place: Place): string {
    const type = pickType(random, isComparable)
    const side = (of: Source): string => writer.expression(type, 1, { columns: of.columns, lambdas: 0 })
    return random.chance(0.2) ? writer.condition(1, place) : `${side(left)} = ${side(right)}`
  }

  function grouped(): string {
    const from = random.chance(0.8) ? source('t') : joined()
    const place = { columns: from.columns, lambdas: 0 }
    const keys = Array.from({ length: random.below(3) }, () =>
      writer.expression(pickType(random, isComparable), 1, place),
    )
    const calls = Array.from({ length: 1 + random.below(2) }, () => writer.aggregate(1, place))
    const over: Place = { columns: calls, lambdas: 0 }
    const extra = random.chance(0.4) ? [writer.expression(randomType(random, 1), 2, over)] : []
    const items = [...keys, ...calls.map((call) => call.sql), ...extra].map((item, i) => `${item} AS c${i}`)
    const where = random.chance(0.3) ? ` WHERE ${writer.condition(1, place)}` : ''
    const clauses = ['GROUP BY', 'GROUP BY', 'GROUP BY ROLLUP', 'GROUP BY CUBE']
    const clause = random.pick(clauses)
    const places = keys.map((_, i) => i + 1).join(', ')
    const isSets = clause !== 'GROUP BY'
    const group =
      keys.length === 0 ? '' : isSets && keys.every(isName) ? ` ${clause} (${keys.join(', ')})` : ` GROUP BY ${places}`
    const having = random.chance(0.15) ? ` HAVING ${writer.condition(1, over)}` : ''
    return `SELECT ${items.join(', ')} FROM ${from.sql}${where}${group}${having}`
  }

  /** Windows over rows that are sorted to the last, so that every frame is fixed. */
  function windowed(): string {
    const from = values('t')
    const place = { columns: from.columns, lambdas: 0 }
    const sortable = from.columns.filter((column) => isOrderable(column.type))
    const order = sortable.map((column) => `${column.sql} ${random.pick(['ASC', 'DESC'])}`).join(', ')
    const by = from.columns.filter((column) => isComparable(column.type))
    const partition = by.length > 0 && random.chance(0.5) ? `PARTITION BY ${random.pick(by).sql} ` : ''
    const frame = random.chance(0.3)
      ? ` ${random.pick(['RANGE UNBOUNDED PRECEDING', 'RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING', 'GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING'])}`
      : ''
    const ranks = ['rank()', 'dense_rank()', 'percent_rank()', 'cume_dist()']
    const isRank = order === '' || random.chance(0.5)
    const aggregate = writer.aggregate(1, place)
    const call = order !== '' && isRank ? random.pick(ranks) : aggregate.sql
    const window = order === '' ? partition.trim() : `${partition}ORDER BY ${order}${isRank ? '' : frame}`
    const safe = call.includes('FILTER') || call.includes('DISTINCT') ? 'count(*)' : call
    return `SELECT ${writer.expression(randomType(random, 1), 1, place)} AS c0, ${safe} OVER (${window}) AS c1 FROM ${from.sql}`
  }

  function combined(): string {
    const types = Array.from({ length: 1 + random.below(2) }, () => pickType(random, isComparable))
    const side = (): string => {
      const from = random.chance(0.7) ? values(random.pick(['a', 'b'])) : undefined
      return `(${select({ columns: from?.columns ?? [], lambdas: 0 }, from ? ` FROM ${from.sql}` : '', types, 2)})`
    }
    const word = random.pick(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT', 'INTERSECT ALL', 'EXCEPT ALL'])
    return `${side()} ${word} ${side()}`
  }

  function subqueried(): string {
    const [outer, inner] = [values('a'), values('b')]
    const place = { columns: outer.columns, lambdas: 0 }
    const type = pickType(random, isComparable)
    const within = { columns: inner.columns, lambdas: 0 }
    const list = `SELECT ${writer.expression(type, 1, within)} FROM ${inner.sql}`
    const test = random.pick([
      `(${writer.expression(type, 1, place)}) ${random.pick(['', 'NOT '])}IN (${list})`,
      `${random.pick(['', 'NOT '])}EXISTS (${list} WHERE ${writer.condition(1, within)})`,
      `(${writer.expression(type, 1, place)}) = ${random.pick(['ANY', 'ALL'])} (${list})`,
    ])
    const result = writer.expression(randomType(random, 1), 2, place)
    return `SELECT ${result} AS c0, ${test} AS c1 FROM ${outer.sql}`
  }

  function withQuery(): string {
    const from = values('t')
    const types = [randomType(random, 1), randomType(random, 1)]
    const inner = select({ columns: from.columns, lambdas: 0 }, ` FROM ${from.sql}`, types, 1)
    const columns = types.map((type, i) => ({ sql: `w.c${i}`, type }))
    return `WITH w AS (${inner}) ${select({ columns, lambdas: 0 }, ' FROM w', [randomType(random, 1)], 2)}`
  }

  function sorted(): RandomQuery {
    const from = source('t')
    const types = Array.from({ length: 1 + random.below(3) }, orderable)
    const body = select({ columns: from.columns, lambdas: 0 }, ` FROM ${from.sql}`, types, 2).replace(
      /^SELECT /,
      random.chance(0.2) ? 'SELECT DISTINCT ' : 'SELECT ',
    )
    const keys = types.map(
      (_, i) => `${i + 1}${random.pick(['', ' ASC', ' DESC'])}${random.pick(['', '', ' NULLS FIRST'])}`,
    )
    const limit = random.pick(['', ' LIMIT 3', ' OFFSET 1 LIMIT 2', ' FETCH FIRST 2 ROWS WITH TIES'])
    return { sql: `${body} ORDER BY ${keys.join(', ')}${limit}`, ordered: true }
  }

  return {
    next() {
      const shape = random.next()
      if (shape < 0.4) return { sql: select(NOWHERE, '', [randomType(random)], 3), ordered: false }
      if (shape < 0.6) {
        const from = random.chance(0.75) ? source('t') : joined()
        const types = Array.from({ length: 1 + random.below(2) }, () => randomType(random))
        return { sql: select({ columns: from.columns, lambdas: 0 }, ` FROM ${from.sql}`, types, 3), ordered: false }
      }
      if (shape < 0.75) return { sql: grouped(), ordered: false }
      if (shape < 0.81) return { sql: windowed(), ordered: false }
      if (shape < 0.86) return { sql: combined(), ordered: false }
      if (shape < 0.9) return { sql: subqueried(), ordered: false }
      if (shape < 0.93) return { sql: withQuery(), ordered: false }
      return sorted()
    },
  }
}

function isName(text: string): boolean {
  return /^\w+\.\w+$/.test(text)
}

function pickType(random: Random, test: (type: LakeType) => boolean): LakeType {
  for (;;) {
    const type = randomType(random, 1)
    if (test(type)) return type
  }
}
