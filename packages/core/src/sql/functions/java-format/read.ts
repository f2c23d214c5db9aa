/** A piece of a format string: text, or what to print for an argument. */
export type FormatPart = string | FormatSpecifier

export interface FormatSpecifier {
  /** As written, for messages. */
  readonly written: string
  /** From 1; 0 is the next in turn, -1 the one before. */
  readonly index: number
  readonly flags: string
  readonly width: number | undefined
  readonly precision: number | undefined
  /** The letter; a date's has `t` before it. */
  readonly conversion: string
  readonly upper: boolean
}

/** A format or an argument that Java refuses; the message is the exception's name without its ending, and its message. */
export class FormatError extends Error {}

const SPECIFIER = /%(\d+\$)?([-#+ 0,(<]*)?(\d+)?(\.\d+)?([tT])?([a-zA-Z%])/y

/** Reads a format string of Java's Formatter. @throws FormatError */
export function readFormat(format: string): readonly FormatPart[] {
  const parts: FormatPart[] = []
  for (let at = 0; at < format.length; ) {
    if (format[at] !== '%') {
      const next = format.indexOf('%', at)
      const end = next < 0 ? format.length : next
      parts.push(format.slice(at, end))
      at = end
      continue
    }
    SPECIFIER.lastIndex = at
    const match = SPECIFIER.exec(format)
    if (!match) throw new FormatError(`UnknownFormatConversion: Conversion = '${format[at + 1] ?? '%'}'`)
    const [written, index, flags = '', width, precision, time, letter] = match
    const upper = time === 'T' || (time === undefined && /[BHSCXEGA]/.test(letter!))
    const conversion = time === undefined ? (upper ? letter!.toLowerCase() : letter!) : `t${letter}`
    if (time === undefined && !/[bhscdoxefgan%]/.test(conversion))
      throw new FormatError(`UnknownFormatConversion: Conversion = '${letter}'`)
    const specifier: FormatSpecifier = {
      written,
      index: flags.includes('<') ? -1 : index === undefined ? 0 : Number.parseInt(index, 10),
      flags: flags.replace('<', ''),
      width: width === undefined ? undefined : Number(width),
      precision: precision === undefined ? undefined : Number(precision.slice(1)),
      conversion,
      upper,
    }
    check(specifier)
    parts.push(specifier)
    at += written.length
  }
  return parts
}

function check({ written, flags, width, precision, conversion }: FormatSpecifier): void {
  for (const flag of flags)
    if (flags.indexOf(flag) !== flags.lastIndexOf(flag))
      throw new FormatError(`DuplicateFormatFlags: Flags = '${flag}'`)
  if (precision !== undefined && /^[dxocn%]$/.test(conversion))
    throw new FormatError(`IllegalFormatPrecision: ${precision}`)
  if (/[-0]/.test(flags) && width === undefined && conversion !== 'n')
    throw new FormatError(`MissingFormatWidth: ${written}`)
  if ((flags.includes('-') && flags.includes('0')) || (flags.includes('+') && flags.includes(' ')))
    throw new FormatError(`IllegalFormatFlags: Flags = '${flags}'`)
  const allowed = /^[bhsc]$/.test(conversion)
    ? '-#'
    : conversion === 'd'
      ? '-+ 0,('
      : /^[ox]$/.test(conversion)
        ? '-#0'
        : '-#+ 0,('
  for (const flag of flags)
    if (!allowed.includes(flag))
      throw new FormatError(`FormatFlagsConversionMismatch: Conversion = ${conversion}, Flags = ${flag}`)
}
