import type { Counts, ImportPlan, ImportReport } from '@traillake/core'
import { outColors as colors } from './colors.ts'
import { formatBytes, formatCount, formatDuration } from './numbers.ts'

/** The accounting line: what came of every record that was read. */
export function accountingLine(counts: Counts): string {
  const { read, kept, duplicate, filtered, quarantined } = counts
  return `read ${formatCount(read)} = kept ${formatCount(kept)} + duplicate ${formatCount(duplicate)} + filtered ${formatCount(filtered)} + quarantined ${formatCount(quarantined)}`
}

/** Prints an import's report for a person, on standard output. */
export function printReport(report: ImportReport): void {
  const out: string[] = []
  if (report.planned) {
    process.stdout.write(`${planLine(report, report.planned)}\n`)
    return
  }
  const known = report.filesAlreadyImported > 0 ? `, ${formatCount(report.filesAlreadyImported)} imported before` : ''
  const rate =
    report.elapsedMs > 0 && report.read > 0
      ? `, ${formatCount(Math.round((report.read / report.elapsedMs) * 1000))} events/s`
      : ''
  out.push(
    `${report.dryRun ? 'would import' : 'imported'} ${formatCount(report.files)} files (${formatBytes(report.bytesRead)}${known}) in ${formatDuration(report.elapsedMs)}${rate}`,
  )
  out.push(colors.bold(accountingLine(report)))
  if (report.compacted) {
    const { filesRemoved, filesAdded } = report.compacted
    out.push(`compacted ${formatCount(filesRemoved)} small data files into ${formatCount(filesAdded)}`)
  }
  if (report.files === 0 && report.filesAlreadyImported > 0) out.push('nothing new: every file is in the ledger')
  if (report.skipped.length > 0) out.push(`${formatCount(report.skipped.length)} other files: ${kindCounts(report)}`)
  if (report.filesFailedBefore > 0) out.push(colors.yellow(failedBeforeLine(report)))
  // Each was named, with its reason, when it was met.
  if (report.failures.length > 0)
    out.push(colors.yellow(`files that could not be read, named above: ${formatCount(report.failures.length)}`))
  if (!report.dryRun && report.dataFilesWritten > 0)
    out.push(
      `${formatCount(report.dataFilesWritten)} data files written to ${report.store.name}, version ${report.version}`,
    )
  process.stdout.write(`${out.join('\n')}\n`)
}

/** Of files that are not read again by themselves. */
function failedBeforeLine({ filesFailedBefore, store }: ImportReport): string {
  return (
    `failed before and unchanged: ${formatCount(filesFailedBefore)} (traillake quarantine list --store ${store.name}; ` +
    `once they can be read: traillake quarantine retry --store ${store.name})`
  )
}

/** What an import from S3 would read: nothing of it was. */
function planLine({ filesAlreadyImported }: ImportReport, { files, bytes, partitions, requests }: ImportPlan): string {
  const known = filesAlreadyImported > 0 ? `, ${formatCount(filesAlreadyImported)} imported before` : ''
  return (
    `would import ${formatCount(files)} files (${formatBytes(bytes)}${known}) of ${formatCount(partitions)} accounts, regions and days\n` +
    `requests: ${formatCount(requests.list)} to list, which were made, and ${formatCount(requests.get)} to read`
  )
}

function kindCounts(report: ImportReport): string {
  const counts = new Map<string, number>()
  for (const { kind } of report.skipped) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, count]) => `${formatCount(count)} ${kind}`).join(', ')
}
