import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { TraillakeError } from '@traillake/core/errors'
import type { Command } from 'commander'
import { demoQueries } from '../demo/queries.ts'
import { interruptSignal } from '../lake-of.ts'
import { outColors as colors } from '../output/colors.ts'
import { formatCount, formatDuration } from '../output/numbers.ts'
import { createProgressView } from '../output/progress.ts'
import { printReport } from '../output/report.ts'
import { writeResult } from '../output/write-result.ts'

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('import sample trails and answer four questions of an incident')
    .option('-l, --lake <folder>', 'where the demo lake goes', './demo-lake')
    .action(async (flags: { lake: string }) => {
      const { openLake } = await import('@traillake/core')
      const trails = sampleTrails()
      const signal = interruptSignal()
      const view = createProgressView()
      process.stdout.write(`${colors.bold('1. Import')} the sample trails into ${flags.lake}\n`)
      const lake = await openLake(flags.lake, { create: true })
      try {
        const report = await lake.import(trails, {
          into: 'demo',
          signal,
          onProgress: (progress) => view.show(progress),
        })
        view.close()
        printReport(report)
        const { dataFiles, events } = await lake.describe('demo')
        process.stdout.write(
          `the lake holds ${formatCount(events)} events in ${formatCount(dataFiles)} Parquet files\n`,
        )
        for (const [i, { question, sql }] of demoQueries.entries()) {
          process.stdout.write(
            `\n${colors.bold(`${i + 2}. ${question}`)}\n${colors.dim(sql.replaceAll('$STORE', 'demo'))}\n`,
          )
          const started = performance.now()
          const result = await lake.query(sql, { signal, rowMode: 'array', placeholders: { STORE: 'demo' } })
          await writeResult(result, 'table', process.stdout)
          await result.close()
          process.stdout.write(
            colors.dim(
              `answered in ${formatDuration(performance.now() - started)}, ${formatCount(result.statistics.filesScanned)} of ${formatCount(result.statistics.filesKnown)} files read\n`,
            ),
          )
        }
        process.stdout.write(nextSteps(flags.lake))
      } finally {
        view.close()
        await lake.close()
      }
    })
}

/** The samples travel with the package; in a checkout they are the test data. */
function sampleTrails(): string {
  const home = dirname(createRequire(import.meta.url).resolve('traillake/package.json'))
  for (const place of ['trails', '../../test-data/trails']) {
    const folder = join(home, place)
    if (existsSync(folder)) return folder
  }
  throw new TraillakeError('SOURCE_NOT_FOUND', { source: 'the sample trails' }, { hint: 'install the package again' })
}

function nextSteps(lake: string): string {
  const at = lake === './lake' ? '' : ` --lake ${lake}`
  return `
${colors.bold('What next?')}
  npx traillake query "SELECT eventName, count(*) FROM demo GROUP BY 1 ORDER BY 2 DESC LIMIT 10"${at}
  npx traillake schema demo${at}
  npx traillake serve${at}
  npx traillake import PATH/TO/AWSLogs --store mine
`
}
