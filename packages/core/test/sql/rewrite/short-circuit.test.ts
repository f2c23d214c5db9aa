import { expect, test } from 'vitest'
import { translate } from '../../../src/sql/translate.ts'

const STORE = 'e0000000-0000-4000-8000-000000000001'
const whereOf = (condition: string) => translate(`SELECT 1 FROM ${STORE} WHERE ${condition}`).sql.split(' WHERE ')[1]

/** Long chains of these are planned as slowly as lists are quickly. */
test.each([
  ["awsRegion = 'a' OR awsRegion = 'b'", `("r0"."awsregion" IN ('a', 'b'))`],
  [
    "awsRegion = 'a' OR eventName = 'x' OR awsRegion = 'it''s' OR eventID IS NULL",
    `(("r0"."awsregion" IN ('a', 'it''s')) OR ("r0"."eventname" = 'x') OR ("r0"."eventid" IS NULL))`,
  ],
  [
    "userIdentity.type = 'a' OR userIdentity.type = 'b' OR userIdentity.arn = 'b'",
    `((struct_extract("r0"."useridentity", 'type') IN ('a', 'b')) OR (struct_extract("r0"."useridentity", 'arn') = 'b'))`,
  ],
  // One of each column, columns with each other, other comparisons, and what may fail stay as they are.
  ["awsRegion = 'a' OR eventName = 'a'", `(("r0"."awsregion" = 'a') OR ("r0"."eventname" = 'a'))`],
  [
    'awsRegion = eventName OR awsRegion = eventID',
    `(("r0"."awsregion" = "r0"."eventname") OR ("r0"."awsregion" = "r0"."eventid"))`,
  ],
  ["awsRegion <> 'a' OR awsRegion <> 'b'", `((NOT ("r0"."awsregion" = 'a')) OR (NOT ("r0"."awsregion" = 'b')))`],
  ["awsRegion = 'a' AND awsRegion = 'b'", `(("r0"."awsregion" = 'a') AND ("r0"."awsregion" = 'b'))`],
])('%s', (condition, sql) => {
  expect(whereOf(condition)).toBe(sql)
})

test('a term that may fail keeps its place among the others', () => {
  expect(whereOf("awsRegion = 'a' OR CAST(eventName AS bigint) = 1 OR awsRegion = 'b'")).not.toContain(' IN ')
})
