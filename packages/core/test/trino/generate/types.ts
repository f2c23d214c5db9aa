import {
  array,
  BIGINT,
  BOOLEAN,
  char,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL_DAY_SECOND,
  INTERVAL_YEAR_MONTH,
  IPADDRESS,
  JSON_TYPE,
  type LakeType,
  map,
  REAL,
  row,
  SMALLINT,
  TINYINT,
  time,
  timestamp,
  UUID,
  VARBINARY,
  VARCHAR,
} from '../../../src/schema/types.ts'
import type { Random } from './random.ts'

/** Often used types more often. */
const simple: readonly LakeType[] = [
  ...[VARCHAR, VARCHAR, VARCHAR, VARCHAR, BIGINT, BIGINT, BIGINT, INTEGER, INTEGER, INTEGER, BOOLEAN, BOOLEAN],
  ...[DOUBLE, DOUBLE, timestamp(3), timestamp(3), timestamp(0), timestamp(6), DATE, DATE, timestamp(3, true)],
  ...[decimal(5, 2), decimal(10, 0), decimal(18, 4), decimal(38, 10), SMALLINT, TINYINT, REAL],
  ...[
    INTERVAL_DAY_SECOND,
    INTERVAL_YEAR_MONTH,
    VARBINARY,
    JSON_TYPE,
    time(3),
    char(4),
    UUID,
    IPADDRESS,
    timestamp(6, true),
  ],
]
const keys: readonly LakeType[] = [VARCHAR, VARCHAR, BIGINT, INTEGER, BOOLEAN, DATE]

export function randomSimple(random: Random): LakeType {
  return random.pick(simple)
}

/** Any type; arrays, maps and rows up to `depth` deep. */
export function randomType(random: Random, depth = 2): LakeType {
  if (depth === 0 || random.chance(0.72)) return randomSimple(random)
  switch (random.below(4)) {
    case 0:
      return map(random.pick(keys), randomType(random, depth - 1))
    case 1:
      return row(
        Array.from({ length: 1 + random.below(3) }, (_, i) => ({ name: `m${i}`, type: randomType(random, depth - 1) })),
      )
    default:
      return array(randomType(random, depth - 1))
  }
}
