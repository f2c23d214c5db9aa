// Writes docs/sql.md and the README's figures from the program and the goldens: `node scripts/sql-docs.mjs` after a build.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as program from '../packages/core/dist/sql/index.js'
import { readGoldenFigures } from './sql-docs/goldens.mjs'
import { sqlPage, withFigures } from './sql-docs/page.mjs'

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
const goldens = readGoldenFigures()

writeFileSync(path('docs/sql.md'), sqlPage(program, goldens))
writeFileSync(path('README.md'), withFigures(readFileSync(path('README.md'), 'utf8'), program, goldens))
