import { describe, expect, test } from 'vitest'
import { printFormat } from '../../../src/sql/functions/java-format/print.ts'
import { FormatError } from '../../../src/sql/functions/java-format/read.ts'

describe('printing', () => {
  test.each([
    ['%s%%', ['i123'], '123%'],
    ['%s', ['n'], 'null'],
    ['%2$s %1$s', ['sa', 'sb'], 'b a'],
    ['%s %<s %s', ['sa', 'sb'], 'a a b'],
    ['%10s|%-5s|%.1s|%S', ['sa', 'sb', 'scd', 'sé'], '         a|b    |c|É'],
    [
      '%d %05d %-4d| %+d % d %(d %,d',
      ['i5', 'i-42', 'i7', 'i5', 'i5', 'i-5', 'i1234567'],
      '5 -0042 7   | +5  5 (5) 1,234,567',
    ],
    ['%x %X %o %#x %08x', ['i255', 'i255', 'i8', 'i255', 'i255'], 'ff FF 10 0xff 000000ff'],
    ['%x', ['i-1'], 'ffffffffffffffff'],
    ['%f %.0f %.2f', ['d1.5', 'f2.5', 'f1.005'], '1.500000 3 1.01'],
    ['%.2f', ['f2.345'], '2.35'],
    ['%.1f', ['d0.05'], '0.1'],
    ['%.2f', ['d-0.001'], '-0.00'],
    ['%.3f', ['f1e-05'], '0.000'],
    ['%,.2f', ['f1234567.891'], '1,234,567.89'],
    ['%08.3f', ['f3.14159'], '0003.142'],
    ['%(,.1f', ['f-1234.56'], '(1,234.6)'],
    ['%.1f', ['f9.96'], '10.0'],
    ['%e %.1e %E', ['f12345.678', 'f0.0', 'f1e+100'], '1.234568e+04 0.0e+00 1.000000E+100'],
    ['%.1e', ['f9.96'], '1.0e+01'],
    ['%g %g %g', ['f0.0001', 'f123456.7', 'f1e-05'], '0.000100000 123457 1.00000e-05'],
    ['%s %s', ['f10000000.0', 'r1.5'], '1.0E7 1.5'],
    ['%f', ['fnan'], 'NaN'],
    ['%b %b %B', ['btrue', 'n', 'sx'], 'true false TRUE'],
    ['%h', ['shi'], 'd01'],
    ['%s', ['T2020-01-01 00:00:00'], '2020-01-01T00:00'],
    ['%s', ['T2020-01-01 01:02:03.120000'], '2020-01-01T01:02:03.120'],
    ['%s', ['Z2020-01-01 01:02:03.100 America/New_York -05:00'], '2020-01-01T01:02:03.100-05:00[America/New_York]'],
    ['%s', ['Z2020-01-01 01:02:03 +05:30 +05:30'], '2020-01-01T01:02:03+05:30'],
    ['%tY-%<tm-%<td %<tB %<ta %<tj', ['D2020-03-04'], '2020-03-04 March Wed 064'],
    ['%1$tH:%1$tM:%1$tS.%1$tL %1$tI%1$tp', ['T2020-01-01 15:07:09.5'], '15:07:09.500 03pm'],
    ['%tT %<tF', ['T2020-01-01 15:07:09'], '15:07:09 2020-01-01'],
    ['a%nb', [], 'a\nb'],
  ])('%s of %j', (format, values, printed) => {
    expect(printFormat(format, values)).toBe(printed)
  })
})

describe('refusals, in the words of the exceptions of Java', () => {
  test.each([
    ['%d', ['sa'], 'IllegalFormatConversion: d != java.lang.String'],
    ['%d', ['f1.5'], 'IllegalFormatConversion: d != java.lang.Double'],
    ['%f', ['i1'], 'IllegalFormatConversion: f != java.lang.Long'],
    ['%c', ['i65'], 'IllegalFormatConversion: c != java.lang.Long'],
    ['%tY', ['i1'], 'IllegalFormatConversion: Y != java.lang.Long'],
    ['%s %s', ['sa'], "MissingFormatArgument: Format specifier '%s'"],
    ['%3$s', ['sa'], "MissingFormatArgument: Format specifier '%3$s'"],
    ['%q', ['i1'], "UnknownFormatConversion: Conversion = 'q'"],
    ['%', ['i1'], "UnknownFormatConversion: Conversion = '%'"],
    ['%.2d', ['i1'], 'IllegalFormatPrecision: 2'],
    ['%-d', ['i1'], 'MissingFormatWidth: %-d'],
    ['%++d', ['i1'], "DuplicateFormatFlags: Flags = '+'"],
    ['%+s', ['sa'], 'FormatFlagsConversionMismatch: Conversion = s, Flags = +'],
  ])('%s of %j', (format, values, message) => {
    expect(() => printFormat(format, values)).toThrow(new FormatError(message))
  })
})
