export { type Pattern, PatternError } from './elements.ts'
export { parseJodaPattern, parseMysqlPattern, parseTeradataPattern } from './languages.ts'
export { isRegion, ParseError, parsePattern } from './parse.ts'
export { printPattern, strftimePattern } from './print.ts'
