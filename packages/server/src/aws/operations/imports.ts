import type { EventDataStore } from '@traillake/core'
import { type BucketFault, type Place, resolveLocation } from '../../buckets.ts'
import { type ImportRecord, isImportOver } from '../../imports/import-record.ts'
import { AwsFault } from '../faults.ts'
import { type Call, operation } from '../operation.ts'
import { pageOf } from '../paging.ts'
import { required } from '../shape.ts'
import {
  eventDataStoreArn,
  importDestinations,
  importSource,
  importStatus,
  nextToken,
  pageSize,
  timestamp,
  uuid,
} from '../shapes.ts'
import { authorize, seconds, storeOf } from '../stores.ts'

const PAGE = 1000
const common = ['InvalidParameterException', 'OperationNotPermittedException', 'UnsupportedOperationException'] as const

const startImport = operation({
  name: 'StartImport',
  input: {
    Destinations: importDestinations,
    ImportSource: importSource,
    StartEventTime: timestamp,
    EndEventTime: timestamp,
    ImportId: uuid,
  },
  errors: [
    ...common,
    'AccountHasOngoingImportException',
    'EventDataStoreARNInvalidException',
    'EventDataStoreNotFoundException',
    'InvalidEventDataStoreStatusException',
    'InvalidEventDataStoreCategoryException',
    'InactiveEventDataStoreException',
    'InvalidImportSourceException',
    'ImportNotFoundException',
  ],
  note: "The source is a bucket that the server knows, in S3 or a folder, or a file:// folder inside one; Region and role are kept and not used: the server reaches S3 with its own rights. The store's selectors and duplicates are applied, as with every import here; events older than the retention period are copied.",
  async run(input, call) {
    const { imports } = call.context
    if (input.ImportId !== undefined) {
      if (input.Destinations || input.ImportSource || input.StartEventTime || input.EndEventTime) {
        throw new AwsFault('InvalidParameterException', 'A retry is named by ImportId alone.')
      }
      const record = await importOf(call, input.ImportId, 'StartImport')
      if (record.status === 'COMPLETED') {
        throw new AwsFault(
          'InvalidParameterException',
          `The import ${record.id} is COMPLETED: there is nothing to retry.`,
        )
      }
      if (!isImportOver(record)) throw ongoing()
      await destination(call, record.store.arn)
      return begun(await imports.retry(record, locate(call, record.source.uri), call.span))
    }
    const { Destinations: destinations, ImportSource: source, StartEventTime: from, EndEventTime: to } = input
    if (!destinations || !source) {
      throw new AwsFault('InvalidParameterException', 'A new import needs Destinations and ImportSource.')
    }
    if (from && to && to < from) {
      throw new AwsFault('InvalidParameterException', 'EndEventTime must not be before StartEventTime.')
    }
    const store = await destination(call, destinations[0]!)
    const { S3LocationUri: uri, S3BucketRegion: region, S3BucketAccessRoleArn: role } = source.S3
    const place = locate(call, uri)
    return begun(
      await imports.start({
        store,
        source: { uri, region, role },
        place,
        span: call.span,
        ...(from ? { from } : {}),
        ...(to ? { to } : {}),
      }),
    )
  },
})

const getImport = operation({
  name: 'GetImport',
  input: { ImportId: required(uuid) },
  errors: [...common, 'ImportNotFoundException'],
  note: 'Prefixes are the folders that hold files to be read.',
  async run(input, call) {
    const record = await importOf(call, input.ImportId, 'GetImport')
    return { ...describe(record), ImportStatistics: statisticsOf(record) }
  },
})

const listImports = operation({
  name: 'ListImports',
  input: {
    MaxResults: pageSize(1000),
    Destination: eventDataStoreArn,
    ImportStatus: importStatus,
    NextToken: nextToken,
  },
  errors: [...common, 'EventDataStoreARNInvalidException', 'InvalidNextTokenException'],
  note: 'Imports that were started here; those of the command line are in the ledger (traillake imports).',
  async run(input, call) {
    authorize(call, 'ListImports')
    const wanted = (await call.context.imports.list()).filter(
      (record) =>
        (input.Destination === undefined ||
          record.store.arn === input.Destination ||
          record.store.id === input.Destination) &&
        (input.ImportStatus === undefined || record.status === input.ImportStatus),
    )
    const { items, next } = pageOf('ListImports', input, wanted, input.MaxResults ?? PAGE)
    return {
      Imports: items.map((record) => ({
        ImportId: record.id,
        ImportStatus: record.status,
        Destinations: [record.store.arn],
        CreatedTimestamp: seconds(record.createdAt),
        UpdatedTimestamp: seconds(record.updatedAt),
      })),
      ...next,
    }
  },
})

const listImportFailures = operation({
  name: 'ListImportFailures',
  input: { ImportId: required(uuid), MaxResults: pageSize(1000), NextToken: nextToken },
  errors: [...common, 'InvalidNextTokenException'],
  note: 'Files and records that could not be read, of the last run, 10,000 at most; each is in quarantine (traillake quarantine). An unknown import is an InvalidParameterException.',
  async run(input, call) {
    const record = await call.context.imports.read(input.ImportId)
    if (!record) throw new AwsFault('InvalidParameterException', `There is no import ${input.ImportId}.`)
    authorize(call, 'ListImportFailures', record.store)
    const { items, next } = pageOf('ListImportFailures', input, record.failures, input.MaxResults ?? PAGE)
    return {
      Failures: items.map((failure) => ({
        Location: failure.location,
        Status: 'FAILED',
        ErrorType: failure.type,
        ErrorMessage: failure.message,
        LastUpdatedTime: seconds(failure.at),
      })),
      ...next,
    }
  },
})

const stopImport = operation({
  name: 'StopImport',
  input: { ImportId: required(uuid) },
  errors: [...common, 'ImportNotFoundException'],
  note: 'What was committed stays. An import that is over stays what it is.',
  async run(input, call) {
    await importOf(call, input.ImportId, 'StopImport')
    const record = (await call.context.imports.stop(input.ImportId))!
    return { ...describe(record), ImportStatistics: statisticsOf(record) }
  },
})

export const importOperations = [startImport, getImport, listImports, listImportFailures, stopImport]

/** The store that an import goes to: it must hold CloudTrail events. */
async function destination(call: Call, reference: string): Promise<EventDataStore> {
  const store = await storeOf(call, reference, 'StartImport')
  if (store.schema !== 'events') {
    throw new AwsFault(
      'InvalidEventDataStoreCategoryException',
      'Trail files are copied into stores of CloudTrail events only.',
    )
  }
  return store
}

const locationFaults: Readonly<Record<BucketFault, string>> = {
  unknown: 'is in no bucket that this server knows (traillake serve --bucket)',
  malformed: 'is neither s3://bucket/prefix nor file:///folder',
  outside: 'lies outside the places that this server imports from',
}

function locate({ context }: Call, uri: string): Place {
  const place = resolveLocation(context.buckets, uri)
  if (typeof place === 'object') return place
  throw new AwsFault('InvalidImportSourceException', `${uri} ${locationFaults[place]}.`)
}

async function importOf(call: Call, id: string, name: string): Promise<ImportRecord> {
  const record = await call.context.imports.read(id)
  if (!record) throw new AwsFault('ImportNotFoundException', `There is no import ${id}.`)
  authorize(call, name, record.store)
  return record
}

function begun(record: ImportRecord | undefined): object {
  if (!record) throw ongoing()
  return describe(record)
}

function ongoing(): AwsFault {
  return new AwsFault('AccountHasOngoingImportException', 'An import is under way: one runs at a time.')
}

function describe(record: ImportRecord): object {
  const { source, from, to } = record
  return {
    ImportId: record.id,
    Destinations: [record.store.arn],
    ImportSource: {
      S3: { S3LocationUri: source.uri, S3BucketRegion: source.region, S3BucketAccessRoleArn: source.role },
    },
    ...(from ? { StartEventTime: seconds(from) } : {}),
    ...(to ? { EndEventTime: seconds(to) } : {}),
    ImportStatus: record.status,
    CreatedTimestamp: seconds(record.createdAt),
    UpdatedTimestamp: seconds(record.updatedAt),
  }
}

function statisticsOf({ statistics }: ImportRecord): object {
  return {
    PrefixesFound: statistics.prefixesFound ?? 0,
    PrefixesCompleted: statistics.prefixesCompleted,
    FilesCompleted: statistics.files,
    EventsCompleted: statistics.events,
    FailedEntries: statistics.failed,
  }
}
