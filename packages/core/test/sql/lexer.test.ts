import { describe, expect, test } from 'vitest'
import { lex } from '../../src/sql/lexer.ts'

const uuid = '5e2676f8-9fce-46ef-8142-3e36a94e6691'

/** Token types and spellings, without the end. */
function tokens(text: string): string[] {
  return lex(text)
    .tokens.slice(0, -1)
    .map((token) => `${token.tokenType.name} ${token.image}`)
}

describe('numbers', () => {
  test.each([
    ['1', ['IntegerToken 1']],
    ['1_000', ['IntegerToken 1_000']],
    ['0xFF', ['IntegerToken 0xFF']],
    ['0Xf_f', ['IntegerToken 0Xf_f']],
    ['0o17', ['IntegerToken 0o17']],
    ['0b1_01', ['IntegerToken 0b1_01']],
    ['1.5', ['DecimalToken 1.5']],
    ['.5', ['DecimalToken .5']],
    ['5.', ['DecimalToken 5.']],
    ['1_0.2_5', ['DecimalToken 1_0.2_5']],
    ['1E0', ['DoubleToken 1E0']],
    ['1.5e-3', ['DoubleToken 1.5e-3']],
    ['.5e+3', ['DoubleToken .5e+3']],
    ['5.e3', ['DoubleToken 5.e3']],
    ['1_0.5e1', ['DecimalToken 1_0.5', 'Identifier e1']],
    ['1_0e1', ['DigitIdentifier 1_0e1']],
    ['1__0', ['DigitIdentifier 1__0']],
    ['1_', ['DigitIdentifier 1_']],
    ['1st', ['DigitIdentifier 1st']],
    ['1e', ['DigitIdentifier 1e']],
    ['1e5x', ['DigitIdentifier 1e5x']],
    ['0xg', ['DigitIdentifier 0xg']],
    ['1.5x', ['DecimalToken 1.5', 'Identifier x']],
    ['1..2', ['DecimalToken 1.', 'DecimalToken .2']],
    ['a.1', ['Identifier a', 'DecimalToken .1']],
    ['1e-', ['DigitIdentifier 1e', 'Minus -']],
  ])('%s', (text, expected) => expect(tokens(text)).toEqual(expected))
})

describe('store ids', () => {
  test.each([
    [uuid, [`StoreName ${uuid}`]],
    [uuid.toUpperCase(), [`StoreName ${uuid.toUpperCase()}`]],
    [`${uuid}.a`, [`StoreName ${uuid}`, 'Dot .', 'Identifier a']],
    [`(${uuid})`, ['LParen (', `StoreName ${uuid}`, 'RParen )']],
    ['abcdef01-2345-6789-abcd-ef0123456789', ['StoreName abcdef01-2345-6789-abcd-ef0123456789']],
    [`a.${uuid}`, ['Identifier a', 'Dot .', `StoreName ${uuid}`]],
    ['$EDS_ID', ['StoreName $EDS_ID']],
    // One character more or less and it is arithmetic, as it would be without such ids.
    ['a-b', ['Identifier a', 'Minus -', 'Identifier b']],
    ['abcdefab-abcd', ['Identifier abcdefab', 'Minus -', 'Identifier abcd']],
    [`${uuid}0`, ['DigitIdentifier 5e2676f8', 'Minus -', 'DigitIdentifier 9fce', 'Minus -', 'DigitIdentifier 46ef']],
    [`x${uuid}`, ['Identifier x5e2676f8', 'Minus -', 'DigitIdentifier 9fce', 'Minus -', 'DigitIdentifier 46ef']],
  ])('%s', (text, expected) => expect(tokens(text).slice(0, 5)).toEqual(expected))
})

describe('strings, names and the rest', () => {
  test.each([
    ["'it''s'", ["StringToken 'it''s'"]],
    ["''", ["StringToken ''"]],
    ["''''", ["StringToken ''''"]],
    ["'a' 'b'", ["StringToken 'a'", "StringToken 'b'"]],
    ["'a--b' /*'*/", ["StringToken 'a--b'"]],
    ["'a\nb'", ["StringToken 'a\nb'"]],
    ["U&'\\2603'", ["UnicodeString U&'\\2603'"]],
    ["u & 'x'", ['Identifier u', 'Unrecognized &', "StringToken 'x'"]],
    ["X'0a'", ["BinaryToken X'0a'"]],
    ["x'0", ['Identifier x', "Unrecognized '", 'IntegerToken 0']],
    ['"a""b"', ['QuotedIdentifier "a""b"']],
    ['"a', ['Unrecognized "', 'Identifier a']],
    ['`a`', ['BackquotedIdentifier `a`']],
    ['select', ['SELECT select']],
    ['Select_', ['Identifier Select_']],
    ['é', ['Unrecognized é']],
    ['\u{1f600}x', ['Unrecognized \u{1f600}', 'Identifier x']],
    ['\u00a0', ['Unrecognized \u00a0']],
    ['a<>b!=c', ['Identifier a', 'NotEqual <>', 'Identifier b', 'NotEqual !=', 'Identifier c']],
    ['<=>', ['LessEqual <=', 'Greater >']],
    ['a->b=>c', ['Identifier a', 'Arrow ->', 'Identifier b', 'DoubleArrow =>', 'Identifier c']],
    ['|||', ['Concat ||', 'Unrecognized |']],
    ['a/b', ['Identifier a', 'Slash /', 'Identifier b']],
  ])('%s', (text, expected) => expect(tokens(text)).toEqual(expected))
})

describe('comments', () => {
  test.each([
    ['a--b\nc', ['Identifier a', 'Identifier c'], ['--b']],
    ['a--b\r\nc', ['Identifier a', 'Identifier c'], ['--b']],
    ['a/*b*/c', ['Identifier a', 'Identifier c'], ['/*b*/']],
    ['/**/a', ['Identifier a'], ['/**/']],
    ['/* /* */ a', ['Identifier a'], ['/* /* */']],
    ['/*/ a', ['Slash /', 'Asterisk *', 'Slash /', 'Identifier a'], []],
    ['a /* open', ['Identifier a', 'Slash /', 'Asterisk *', 'Identifier open'], []],
    ['--', [], ['--']],
  ])('%s', (text, expected, comments) => {
    expect(tokens(text)).toEqual(expected)
    expect(lex(text).comments.map((comment) => comment.text)).toEqual(comments)
  })
})

test('tokens slice back to the text, and the end stands at its end', () => {
  const text = ` SELECT "a", 'é'||x -- c\nFROM ${uuid} /* d */ `
  const { tokens: all, comments } = lex(text)
  for (const token of all.slice(0, -1)) expect(text.slice(token.startOffset, token.endOffset + 1)).toBe(token.image)
  for (const { span, text: comment } of comments) expect(text.slice(span.start, span.end)).toBe(comment)
  expect(all.at(-1)).toMatchObject({ image: '<EOF>', startOffset: text.length, endOffset: text.length - 1 })
})

test('comments and quotes that are never closed cost no more than a look each', () => {
  const text = `/*${'"'.repeat(3)}`.repeat(20_000)
  expect(lex(text).tokens.length).toBeGreaterThan(20_000)
})
