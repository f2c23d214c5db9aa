import type { Comment } from '../lexer.ts'
import type { Token } from '../tokens.ts'
import type { Group, Layout } from './layout.ts'
import type { Spacing } from './spacing.ts'

export interface Plan {
  readonly text: string
  readonly tokens: readonly Token[]
  readonly comments: readonly Comment[]
  readonly spacing: Spacing
  readonly layout: Layout
  readonly width: number
}

/** A comment in its place: at the end of the token before it, or on lines of its own. */
interface Remark {
  readonly text: string
  readonly ownLine: boolean
  /** Nothing can follow it on its line. */
  readonly endsLine: boolean
}

/** Writes tokens and comments by the layout, without a line end after the last. */
export function writeTokens({ text, tokens, comments, spacing, layout, width }: Plan): string {
  const { texts, blanks } = spacing
  const remarks = placeComments(text, tokens, comments)
  /** Whether the comments before a token put it on a new line. */
  const forced = tokens.map((_, i) => remarks[i]!.some((remark) => remark.endsLine))
  const unbroken = tokens.map((_, i) => !remarks[i]!.some((remark) => remark.endsLine || remark.text.includes('\n')))
  const flatWidth = (i: number) =>
    texts[i]!.length +
    remarks[i]!.reduce((sum, remark) => sum + remark.text.length + 1, 0) +
    (blanks[i] || remarks[i]!.length > 0 ? 1 : 0)

  const broken = new Map<Group, boolean>()
  let output = ''
  let column = 0
  const put = (piece: string) => {
    output += piece
    const line = piece.lastIndexOf('\n')
    column = line === -1 ? column + piece.length : piece.length - line - 1
  }
  const newLine = (depth: number) => {
    if (output !== '') put(`\n${'  '.repeat(depth)}`)
  }

  /** Whether a group stands on the rest of the line, with what cannot be parted from its end. */
  const fits = ({ from, to }: Group): boolean => {
    let left = width - column - texts[from]!.length
    for (let i = from + 1; i < tokens.length; i++) {
      const by = layout.breaks[i]
      if (i > to && (!unbroken[i] || (by && broken.get(by) !== false))) break
      if (!unbroken[i]) return false
      left -= flatWidth(i)
      if (left < 0) return false
    }
    return left >= 0
  }

  let next = 0
  const open: Group[] = []
  for (let i = 0; i < tokens.length; i++) {
    const depth = layout.depths[i]!
    for (const remark of remarks[i]!) {
      if (remark.ownLine) newLine(depth)
      else put(' ')
      put(remark.text)
    }
    const by = layout.breaks[i]
    if (forced[i] || (by && broken.get(by))) newLine(depth)
    else if (i > 0 && (blanks[i] || remarks[i]!.length > 0)) put(' ')
    while (open.length > 0 && open.at(-1)!.to < i) open.pop()
    for (; layout.groups[next]?.from === i; next++) {
      const group = layout.groups[next]!
      const outer = open.at(-1)
      broken.set(group, (outer === undefined || broken.get(outer) === true) && !fits(group))
      open.push(group)
    }
    put(texts[i]!)
  }
  for (const remark of remarks[tokens.length]!) {
    if (remark.ownLine) newLine(0)
    else put(' ')
    put(remark.text)
  }
  return output
}

/** The comments before each token; after the last one for those that end the text. */
function placeComments(text: string, tokens: readonly Token[], comments: readonly Comment[]): readonly Remark[][] {
  const before: Remark[][] = Array.from({ length: tokens.length + 1 }, () => [])
  let at = 0
  let end = 0
  for (const { span, text: comment } of comments) {
    while (at < tokens.length && tokens[at]!.startOffset < span.start) {
      end = tokens[at]!.endOffset + 1
      at += 1
    }
    // Only after what stands before it on its line, and never before the first token.
    const ownLine = at === 0 || /[\r\n]/.test(text.slice(end, span.start))
    const line = comment.startsWith('--')
    before[at]!.push({ text: line ? comment.trimEnd() : comment, ownLine, endsLine: line || ownLine })
    end = span.end
  }
  return before
}
