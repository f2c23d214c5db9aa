import type { ScalarUdf } from '../types.ts'
import { badArgument } from './udf-error.ts'

/** Complementary error function by its continued fraction and series, to double precision. */
function erfc(x: number): number {
  const z = Math.abs(x)
  let result: number
  if (z < 2.5) {
    let term = z
    let sum = z
    for (let n = 1; n < 200 && Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (-z * z) / n
      sum += term / (2 * n + 1)
    }
    result = 1 - (2 / Math.sqrt(Math.PI)) * sum
  } else {
    let fraction = 0
    for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction)
    result = Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction)
  }
  return x < 0 ? 2 - result : result
}

const normalCdf = (mean: number, sd: number, x: number): number => {
  if (sd <= 0) throw badArgument('standardDeviation must be > 0')
  return erfc(-(x - mean) / sd / Math.SQRT2) / 2
}

function inverseNormalCdf(mean: number, sd: number, p: number): number {
  if (!(p > 0 && p < 1)) throw badArgument('p must be 0 > p > 1')
  if (sd <= 0) throw badArgument('standardDeviation must be > 0')
  if (p === 0.5) return mean
  let [low, high] = [-40, 40]
  for (let i = 0; i < 200 && high - low > 1e-15 * Math.max(1, Math.abs(low)); i++) {
    const middle = (low + high) / 2
    if (erfc(-middle / Math.SQRT2) / 2 < p) low = middle
    else high = middle
  }
  return mean + (sd * (low + high)) / 2
}

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.abs(Math.sin(Math.PI * x))) - logGamma(1 - x)
  const z = x - 1
  const sum = LANCZOS.reduce((s, c, i) => (i === 0 ? c : s + c / (z + i)))
  const t = z + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum)
}

/** Regularized incomplete beta function, by Lentz's continued fraction. */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a
  const tiny = 1e-300
  let c = 1
  let d = 1 / nonZero(1 - ((a + b) * x) / (a + 1))
  let result = d
  for (let m = 1; m < 1000; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / nonZero(1 + term * d)
      c = nonZero(1 + term / c)
      result *= d * c
    }
    if (Math.abs(d * c - 1) < 1e-16) break
  }
  return front * result

  function nonZero(value: number): number {
    return Math.abs(value) < tiny ? tiny : value
  }
}

function checkBeta(a: number, b: number): void {
  if (a <= 0 || b <= 0) throw badArgument('a, b must be > 0')
}

function betaCdf(a: number, b: number, x: number): number {
  if (x < 0 || x > 1) throw badArgument('value must be in the interval [0, 1]')
  checkBeta(a, b)
  return incompleteBeta(a, b, x)
}

function inverseBetaCdf(a: number, b: number, p: number): number {
  if (!(p >= 0 && p <= 1)) throw badArgument('p must be 0 >= p >= 1')
  checkBeta(a, b)
  if (p === 0 || p === 1) return p
  let [low, high] = [0, 1]
  for (let i = 0; i < 200 && high - low > 1e-17; i++) {
    const middle = (low + high) / 2
    if (incompleteBeta(a, b, middle) < p) low = middle
    else high = middle
  }
  return (low + high) / 2
}

function checkFreedom(df: number): void {
  if (!(df >= 1)) throw badArgument('degrees of freedom must be greater than or equal to 1')
}

function tCdf(x: number, df: number): number {
  checkFreedom(df)
  if (!Number.isFinite(x)) return x > 0 ? 1 : x < 0 ? 0 : x
  const tail = incompleteBeta(df / 2, 0.5, df / (df + x * x)) / 2
  return x > 0 ? 1 - tail : tail
}

function tPdf(x: number, df: number): number {
  checkFreedom(df)
  return Math.exp(
    logGamma((df + 1) / 2) -
      logGamma(df / 2) -
      0.5 * Math.log(df * Math.PI) -
      ((df + 1) / 2) * Math.log1p((x * x) / df),
  )
}

interface Bucket {
  value: number
  weight: number
}

/** Joins the two nearest centroids until no more than `buckets` are left (Ben-Haim and Tom-Tov). */
function numericHistogram(buckets: bigint, values: readonly string[], weights: readonly string[]): string[] {
  if (buckets < 2n) throw badArgument('numeric_histogram bucket count must be greater than one')
  const sorted: Bucket[] = values
    .map((v, i) => ({ value: Number(v), weight: Number(weights[i]) }))
    .sort((a, b) => a.value - b.value)
  const list: Bucket[] = []
  for (const bucket of sorted) {
    const last = list.at(-1)
    if (last && last.value === bucket.value) last.weight += bucket.weight
    else list.push(bucket)
  }
  while (list.length > Number(buckets)) {
    let at = 1
    for (let i = 2; i < list.length; i++) if (penalty(list, i) < penalty(list, at)) at = i
    const [a, b] = [list[at - 1]!, list[at]!]
    const weight = a.weight + b.weight
    list.splice(at - 1, 2, { value: (a.value * a.weight + b.value * b.weight) / weight, weight })
  }
  return list.flatMap((b) => [String(b.value), String(b.weight)])
}

const penalty = (list: readonly Bucket[], i: number): number => list[i]!.value - list[i - 1]!.value

const ofDoubles = (name: string, count: number, evaluate: (...args: number[]) => number): ScalarUdf => ({
  name,
  parameters: Array.from({ length: count }, () => 'DOUBLE' as const),
  result: 'DOUBLE',
  evaluate,
})

export const statisticsUdfs: readonly ScalarUdf[] = [
  ofDoubles('trino_normal_cdf', 3, normalCdf as (...args: number[]) => number),
  ofDoubles('trino_inverse_normal_cdf', 3, inverseNormalCdf as (...args: number[]) => number),
  ofDoubles('trino_beta_cdf', 3, betaCdf as (...args: number[]) => number),
  ofDoubles('trino_inverse_beta_cdf', 3, inverseBetaCdf as (...args: number[]) => number),
  ofDoubles('trino_t_cdf', 2, tCdf as (...args: number[]) => number),
  ofDoubles('trino_t_pdf', 2, tPdf as (...args: number[]) => number),
  {
    name: 'trino_numeric_histogram',
    parameters: ['BIGINT', 'VARCHAR[]', 'VARCHAR[]'],
    result: 'VARCHAR[]',
    evaluate: numericHistogram,
  },
]
