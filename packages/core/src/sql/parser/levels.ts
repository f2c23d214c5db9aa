/** Precedence, loosest first. A value, as opposed to a condition, is an expression of `concat` or tighter. */
export const level = {
  or: 1,
  and: 2,
  not: 3,
  predicate: 4,
  concat: 5,
  sum: 6,
  product: 7,
  unary: 8,
  zone: 9,
  primary: 10,
} as const
