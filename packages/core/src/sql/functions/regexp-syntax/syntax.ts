/** Flags in force at a place of a pattern. */
export interface Flags {
  readonly ignoreCase: boolean
  /** `^` and `$` match at lines. */
  readonly multiline: boolean
  readonly dotAll: boolean
  readonly extended: boolean
}

/** `digit`, `word`, `space` and `hex` are ASCII, all other classes Unicode. */
export type ClassItem =
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'ascii'; readonly name: 'digit' | 'word' | 'space' | 'hex'; readonly negated: boolean }
  /** A POSIX name (`alpha`) or a Unicode property (`lu`, `greek`), in lower case without `_`, `-` and blanks. */
  | {
      readonly kind: 'property'
      readonly name: string
      readonly written: string
      readonly negated: boolean
      readonly posix: boolean
    }
  | { readonly kind: 'class'; readonly class: CharacterClass }

/** An intersection of unions. */
export interface CharacterClass {
  readonly negated: boolean
  readonly parts: readonly (readonly ClassItem[])[]
}

export type RegexpNode =
  | { readonly kind: 'sequence'; readonly items: readonly RegexpNode[] }
  | { readonly kind: 'alternatives'; readonly items: readonly RegexpNode[] }
  | { readonly kind: 'character'; readonly code: number; readonly flags: Flags }
  | { readonly kind: 'any'; readonly flags: Flags }
  | { readonly kind: 'set'; readonly class: CharacterClass; readonly flags: Flags }
  | {
      readonly kind: 'anchor'
      readonly at: 'start' | 'lineStart' | 'end' | 'lineEnd' | 'lastLineEnd' | 'wordEdge' | 'noWordEdge'
    }
  | { readonly kind: 'capture'; readonly index: number; readonly body: RegexpNode }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negated: boolean; readonly body: RegexpNode }
  | { readonly kind: 'atomic'; readonly body: RegexpNode }
  | { readonly kind: 'backreference'; readonly index: number; readonly flags: Flags }
  | {
      readonly kind: 'repeat'
      readonly body: RegexpNode
      readonly min: number
      readonly max: number
      readonly mode: 'greedy' | 'lazy' | 'possessive'
    }

export interface RegexpSyntax {
  readonly root: RegexpNode
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
}

/** A pattern that is none; the message is that of Trino's library. */
export class RegexpError extends Error {}
