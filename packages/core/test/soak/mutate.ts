import { gunzipSync, gzipSync } from 'node:zlib'
import type { Random } from './random.ts'

/** A real file to make mutants of. */
export interface Origin {
  /** As it is stored. */
  readonly stored: Buffer
  /** Uncompressed. */
  readonly text: Buffer
}

/** A file that went wrong in a way of this name. */
export interface Mutant {
  readonly kind: string
  readonly bytes: Buffer
}

/** What was done: to the bytes that are stored, or to the text, which is then compressed. */
type Mutation =
  | { readonly stored: (origin: Origin, random: Random, origins: readonly Origin[]) => Buffer }
  | { readonly text: (text: Buffer, random: Random, origins: readonly Origin[]) => Buffer | string }

const flip = (bytes: Buffer, random: Random): Buffer => {
  const flipped = Buffer.from(bytes)
  for (let i = 1 + random.below(8); i > 0 && flipped.length > 0; i--) {
    flipped[random.below(flipped.length)]! ^= 1 << random.below(8)
  }
  return flipped
}
const cut = (bytes: Buffer, random: Random) => bytes.subarray(0, random.below(bytes.length + 1))
const insert = (bytes: Buffer, at: number, added: string | Buffer) =>
  Buffer.concat([bytes.subarray(0, at), Buffer.from(added), bytes.subarray(at)])

/** Puts a member before another one somewhere in the text: behind a bracket, which is mostly one of an object. */
function addMember(text: Buffer, random: Random, member: string): Buffer {
  const brackets: number[] = []
  for (let at = text.indexOf(123); at !== -1; at = text.indexOf(123, at + 1)) brackets.push(at)
  return brackets.length === 0 ? text : insert(text, random.pick(brackets) + 1, `${member},`)
}

/** Replaces what some member of this name holds, where there is one. */
function setMember(text: Buffer, random: Random, name: string, value: string): Buffer {
  const found = [...text.toString('latin1').matchAll(new RegExp(`"${name}"\\s*:\\s*("[^"\\\\]*"|[\\w.+-]+)`, 'g'))]
  if (found.length === 0) return text
  const match = random.pick(found)
  return Buffer.concat([
    text.subarray(0, match.index),
    Buffer.from(`"${name}":${value}`),
    text.subarray(match.index + match[0].length),
  ])
}

const NAMES = [
  ...[
    'eventTime',
    'eventID',
    'eventName',
    'awsRegion',
    'recipientAccountId',
    'eventVersion',
    'readOnly',
    'eventCategory',
  ],
  ...[
    'userIdentity',
    'type',
    'principalId',
    'requestParameters',
    'responseElements',
    'resources',
    'additionalEventData',
  ],
  ...['errorCode', 'sessionContext', 'attributes', 'mfaAuthenticated', 'tlsDetails', 'managementEvent', 'addendum'],
]

const VALUES = [
  ...[
    'null',
    'true',
    'false',
    '0',
    '-0',
    '1e999',
    '-1e-999',
    '123456789012345678901234567890',
    '0.1e+1',
    '[]',
    '{}',
    '""',
  ],
  ...[
    '[[[]]]',
    '[null]',
    '{"":null}',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\u{1f600}"',
    '"../../etc"',
    '"a/b=c%2F"',
  ],
  ...['"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59.999Z"', '"2024-02-30T00:00:00Z"', '"2024-05-01T10:00:00+14:00"'],
  ...[
    '"20240501T100000Z"',
    '"1714557600"',
    '1714557600',
    'NaN',
    'Infinity',
    "'x'",
    'undefined',
    '+1',
    '01',
    '.5',
    '1.',
    'tru',
  ],
  ...['"\\x41"', '"\\u12"', '"a\nb"', '"a\tb"', '[1,]', '{"a":1,}', '{"a" 1}', '{a:1}', '[1 2]', '/*x*/1', '"\u0000"'],
]

/** Texts that are no log file, or one of an odd shape. */
const OTHERS = [
  ...[
    '',
    ' ',
    '\n',
    '\0',
    'null',
    '0',
    '"x"',
    'true',
    '[]',
    '{}',
    '{',
    '[',
    '}',
    '{"Records"',
    '{"Records":',
    '{"Records":[',
  ],
  ...[
    '{"Records":{}}',
    '{"Records":null}',
    '{"Records":"x"}',
    '{"Records":[[]]}',
    '{"Records":[,]}',
    '{"Records":[null,]}',
  ],
  ...[
    '{"records":[{}]}',
    '{"Records":[]}{"Records":[]}',
    '{"Records":[]}\n\n{"Records":[{}]}',
    '{"Records":[]}garbage',
  ],
  ...[
    '{"Records":[{"Records":[{}]}]}',
    '{"a":[],"Records":[{}],"b":{"Records":[1]}}',
    '{"Records":[1],"Records":[2,3]}',
  ],
  ...[
    '{"digestS3Object":"x"}',
    '{"configurationItems":[]}',
    '{"eventVersion":"1.08","eventTime":"2024-05-01T00:00:00Z"}',
  ],
  ...[
    '<Error><Code>AccessDenied</Code></Error>',
    'a,b\n1,2\n',
    '%PDF-1.4',
    '\x1f\x8b',
    'PAR1',
    '#!/bin/sh\n',
    '---\na: 1\n',
  ],
]

/** The ways in which files go wrong. */
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'flipped bits in the file': { stored: ({ stored }, random) => flip(stored, random) },
  'flipped bits in the text': { text: flip },
  'cut file': { stored: ({ stored }, random) => cut(stored, random) },
  'cut text': { text: cut },
  'files joined': {
    stored: ({ stored }, random, origins) => Buffer.concat([stored, random.pick(origins).stored]),
  },
  'files joined, one cut': {
    stored: ({ stored }, random, origins) => Buffer.concat([cut(stored, random), random.pick(origins).stored]),
  },
  'data behind the end': {
    stored({ stored }, random) {
      const added = Buffer.alloc(1 + random.below(64), random.pick([0, 0, 32, 10, 31, 255]))
      return Buffer.concat([stored, added])
    },
  },
  'members cut anywhere': {
    stored({ text }, random) {
      const at = random.below(text.length + 1)
      return Buffer.concat([gzipSync(text.subarray(0, at)), gzipSync(text.subarray(at))])
    },
  },
  'not compressed': { stored: ({ text }) => Buffer.from(text) },
  'compressed twice': { stored: ({ stored }) => gzipSync(stored) },
  'other header': {
    stored({ stored }, random) {
      const changed = Buffer.from(stored)
      // Method, flags (name, comment, extra field, header sum), the level and the system.
      if (changed.length > 9) changed[2 + random.below(8)] = random.below(256)
      return changed
    },
  },
  'another sum or length': {
    stored({ stored }, random) {
      const changed = Buffer.from(stored)
      if (changed.length > 8) changed[changed.length - 1 - random.below(8)] = random.below(256)
      return changed
    },
  },
  'deep nesting': {
    text(text, random) {
      const depth = random.pick([10, 100, 1000, 10_000, 100_000])
      const [open, close] = random.pick([
        ['[', ']'],
        ['{"a":', '}'],
        ['{"a":[', ']}'],
      ] as const)
      const closed = random.below(4) > 0 ? close.repeat(depth) : ''
      const name = random.pick(['requestParameters', 'other', 'userIdentity', 'resources', 'Records'])
      return addMember(text, random, `"${name}":${open.repeat(depth)}${open.endsWith(':') ? '1' : ''}${closed}`)
    },
  },
  'giant text': {
    text(text, random) {
      const length = random.pick([10_000, 100_000, 1_000_000, 3_000_000])
      const filling = random.pick(['a', '\\n', '\\u0041', '\u00e9', '\\"'])
      const name = random.pick(['eventName', 'eventID', 'other', 'requestParameters', 'awsRegion', 'userAgent'])
      const value = `"${filling.repeat(Math.ceil(length / filling.length))}"`
      return random.below(2) ? addMember(text, random, `"${name}":${value}`) : setMember(text, random, name, value)
    },
  },
  'wrong encoding': {
    text(text, random) {
      const encoded = text.toString('utf8')
      switch (random.below(5)) {
        case 0:
          return Buffer.from(encoded, 'utf16le')
        case 1:
          return Buffer.from(`\ufeff${encoded}`, 'utf16le').swap16()
        case 2:
          return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text])
        case 3:
          return Buffer.from(encoded.replaceAll('a', '\u00e9'), 'latin1')
        default: {
          const bad = random.pick([[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]])
          return insert(text, random.below(text.length + 1), Buffer.from(bad))
        }
      }
    },
  },
  'other content': { text: (_, random) => random.pick(OTHERS) },
  'other content, not compressed': { stored: (_, random) => Buffer.from(random.pick(OTHERS), 'latin1') },
  'records by themselves': {
    text(text, random) {
      const { Records: records } = parsed(text)
      if (!records) return text
      const joined = records.map((record) => JSON.stringify(record)).join(random.pick(['\n', ',', ' ']))
      return random.pick([joined, `[${joined}]`, `{"Records":{${joined}}}`, `{"records":[${joined}]}`])
    },
  },
  'keys twice': {
    text: (text, random) => addMember(text, random, `"${random.pick(NAMES)}":${random.pick(VALUES.slice(0, 30))}`),
  },
  'keys in other letters': {
    text(text, random) {
      const name = random.pick(NAMES)
      const other = random.pick([
        name.toUpperCase(),
        name.toLowerCase(),
        `\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
      ])
      return Buffer.from(text.toString('latin1').replace(`"${name}"`, `"${other}"`), 'latin1')
    },
  },
  'zero bytes': {
    text: (text, random) => insert(text, random.below(text.length + 1), Buffer.alloc(1 + random.below(3))),
  },
  'other values': {
    text(text, random) {
      let changed = text
      for (let i = 1 + random.below(3); i > 0; i--) {
        changed = setMember(changed, random, random.pick(NAMES), random.pick(VALUES))
      }
      return changed
    },
  },
  'other entries': {
    text: (text, random) => Buffer.from(text.toString('latin1').replace('[', `[${random.pick(VALUES)},`), 'latin1'),
  },
  'parts moved': {
    text(text, random) {
      const from = random.below(text.length + 1)
      const part = text.subarray(from, from + 1 + random.below(400))
      const rest = random.below(2) ? text : Buffer.concat([text.subarray(0, from), text.subarray(from + part.length)])
      return insert(rest, random.below(rest.length + 1), part)
    },
  },
  'white space': {
    text: (text, random) => {
      const filling = random.pick([' ', '\n', '\r\n', '\t', '\u00a0', '\u2028', '\v', '\ufeff'])
      return Buffer.from(text.toString('utf8').replace(/([{,[])"/g, `$1${filling}"`))
    },
  },
}

export const KINDS = Object.keys(MUTATIONS)

/** Makes mutants of real files: kinds in turn, so that each comes up as often, everything else drawn. */
export function makeMutants(origins: readonly Origin[], random: Random, count: number): readonly Mutant[] {
  return Array.from({ length: count }, (_, i) => {
    const kind = KINDS[i % KINDS.length]!
    const origin = random.pick(origins)
    const mutation = MUTATIONS[kind]!
    const bytes =
      'stored' in mutation
        ? mutation.stored(origin, random, origins)
        : gzipSync(mutation.text(origin.text, random, origins))
    return { kind, bytes }
  })
}

export function toOrigin(stored: Buffer): Origin | undefined {
  try {
    return { stored, text: stored[0] === 0x1f ? gunzipSync(stored) : stored }
  } catch {
    return undefined
  }
}

function parsed(text: Buffer): { readonly Records?: readonly unknown[] } {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    return {}
  }
}
