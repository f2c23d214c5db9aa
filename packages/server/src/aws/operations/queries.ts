import type { EventDataStore } from '@traillake/core'
import { isTraillakeError, type TraillakeError } from '@traillake/core/errors'
import type { QueryRecord } from '../../queries/query-record.ts'
import { isOver } from '../../queries/query-record.ts'
import { readRows } from '../../queries/saved-rows.ts'
import { AwsFault } from '../faults.ts'
import { type Call, operation } from '../operation.ts'
import { pageStart, pageToken } from '../paging.ts'
import { required } from '../shape.ts'
import {
  accountId,
  deliveryUri,
  eventDataStoreArn,
  nextToken,
  pageSize,
  queryAlias,
  queryParameters,
  queryStatement,
  queryStatus,
  refreshId,
  timestamp,
  uuid,
} from '../shapes.ts'
import { authorize, inactive, seconds, storeOf } from '../stores.ts'
import { checkDelivery } from './check-delivery.ts'
import { lastOfAlias, savedStatement } from './query-aliases.ts'

const PAGE = 1000
const MESSAGE_LENGTH = 1000

const common = [
  'EventDataStoreARNInvalidException',
  'EventDataStoreNotFoundException',
  'InactiveEventDataStoreException',
  'InvalidParameterException',
  'OperationNotPermittedException',
  'UnsupportedOperationException',
] as const

const startQuery = operation({
  name: 'StartQuery',
  input: {
    QueryStatement: queryStatement,
    DeliveryS3Uri: deliveryUri,
    QueryAlias: queryAlias,
    QueryParameters: queryParameters,
    EventDataStoreOwnerAccountId: accountId,
  },
  errors: [
    ...common,
    'InvalidQueryStatementException',
    'MaxConcurrentQueriesException',
    'InvalidS3PrefixException',
    'InvalidS3BucketNameException',
    'InsufficientS3BucketPolicyException',
    'S3BucketDoesNotExistException',
  ],
  note: 'QueryAlias names a saved query of the lake (traillake queries save), QueryParameters are the values of its ? marks; there are no dashboards and generated queries. DeliveryS3Uri names a bucket that the server knows, in S3 or a folder, or a file:// folder inside one.',
  async run(input, call) {
    const { queries } = call.context
    checkOwner(call, input.EventDataStoreOwnerAccountId)
    const { QueryStatement: statement, QueryAlias: alias, QueryParameters: parameters } = input
    if ((statement === undefined) === (alias === undefined)) {
      throw new AwsFault('InvalidParameterException', 'Exactly one of QueryStatement and QueryAlias must be given.')
    }
    if (alias === undefined && parameters) {
      throw new AwsFault(
        'InvalidParameterException',
        'QueryParameters belong to a QueryAlias, not to a QueryStatement.',
      )
    }
    const text = statement ?? (await savedStatement(call, alias!))
    const values = parameters ? { parameters } : {}
    const stores = await queries.storesOf(text, values).catch((error: unknown) => {
      if (alias !== undefined && isTraillakeError(error, 'INVALID_PARAMETER_USAGE')) {
        throw new AwsFault('InvalidParameterException', error.message, { cause: error })
      }
      throw isTraillakeError(error) ? statementFault(error) : error
    })
    await authorizeAll(call, 'StartQuery', stores)
    if (input.DeliveryS3Uri !== undefined) await checkDelivery(call, input.DeliveryS3Uri)
    if (call.context.lake.readOnly) {
      throw new AwsFault('OperationNotPermittedException', 'The lake is open read-only: it cannot keep queries.')
    }
    const record = await queries.start({
      statement: text,
      stores,
      caller: call.caller.name,
      span: call.span,
      ...values,
      ...(alias === undefined ? {} : { alias }),
      ...(input.DeliveryS3Uri ? { deliveryUri: input.DeliveryS3Uri } : {}),
    })
    if (!record) {
      throw new AwsFault(
        'MaxConcurrentQueriesException',
        'As many queries as are allowed are queued or running: wait for one to end, or cancel one.',
      )
    }
    return { QueryId: record.id }
  },
})

const describeQuery = operation({
  name: 'DescribeQuery',
  input: {
    EventDataStore: eventDataStoreArn,
    QueryId: uuid,
    QueryAlias: queryAlias,
    RefreshId: refreshId,
    EventDataStoreOwnerAccountId: accountId,
  },
  errors: [...common, 'QueryIdNotFoundException'],
  note: 'QueryAlias names a saved query of the lake; there are no dashboards, so a RefreshId fits none. EventsMatched is told where the answer shows it: for queries over one store without WHERE, and for those whose rows are the events that matched (no aggregation, DISTINCT or OFFSET, a LIMIT not reached); else it is left out.',
  async run(input, call) {
    checkOwner(call, input.EventDataStoreOwnerAccountId)
    const { QueryId: id, QueryAlias: alias } = input
    if ((id === undefined) === (alias === undefined)) {
      throw new AwsFault('InvalidParameterException', 'Exactly one of QueryId and QueryAlias must be given.')
    }
    const wanted = id ?? (await lastOfAlias(call, alias!, input.RefreshId))
    const record = await queryOf(call, 'DescribeQuery', wanted, input.EventDataStore)
    const { statistics } = record
    return {
      QueryId: record.id,
      QueryString: record.statement,
      QueryStatus: record.status,
      QueryStatistics: {
        ...(statistics
          ? {
              EventsScanned: statistics.eventsScanned,
              ...(statistics.eventsMatched === undefined ? {} : { EventsMatched: statistics.eventsMatched }),
              BytesScanned: statistics.bytesScanned,
              ExecutionTimeInMillis: statistics.executionMs,
            }
          : {}),
        CreationTime: seconds(record.createdAt),
      },
      ...errorMessage(record),
      ...(record.delivery ? { DeliveryS3Uri: record.delivery.uri, DeliveryStatus: record.delivery.status } : {}),
    }
  },
})

const getQueryResults = operation({
  name: 'GetQueryResults',
  input: {
    EventDataStore: eventDataStoreArn,
    QueryId: required(uuid),
    NextToken: nextToken,
    MaxQueryResults: pageSize(1000),
    EventDataStoreOwnerAccountId: accountId,
  },
  errors: [...common, 'InvalidMaxResultsException', 'InvalidNextTokenException', 'QueryIdNotFoundException'],
  note: 'Rows come once the query is over. A NULL cell is a JSON null.',
  async run(input, call) {
    checkOwner(call, input.EventDataStoreOwnerAccountId)
    const from = pageStart<number>('GetQueryResults', input) ?? 0
    const record = await queryOf(call, 'GetQueryResults', input.QueryId, input.EventDataStore)
    const { result, statistics } = record
    const scanned = statistics ? { BytesScanned: statistics.bytesScanned } : {}
    if (!result) return { QueryStatus: record.status, QueryStatistics: scanned, ...errorMessage(record) }
    const rows = await readRows(call.context.lake, record.id, result, from, input.MaxQueryResults ?? PAGE)
    const next = from + rows.length
    return {
      QueryStatus: record.status,
      QueryStatistics: { ResultsCount: rows.length, TotalResultsCount: result.rows, ...scanned },
      QueryResultRows: rows.map((row) => row.map((cell, i) => ({ [result.columns[i]!]: cell }))),
      ...(next < result.rows ? { NextToken: pageToken('GetQueryResults', input, next) } : {}),
      ...errorMessage(record),
    }
  },
})

const cancelQuery = operation({
  name: 'CancelQuery',
  input: {
    EventDataStore: eventDataStoreArn,
    QueryId: required(uuid),
    EventDataStoreOwnerAccountId: accountId,
  },
  errors: [...common, 'InactiveQueryException', 'QueryIdNotFoundException', 'ConflictException'],
  async run(input, call) {
    checkOwner(call, input.EventDataStoreOwnerAccountId)
    await queryOf(call, 'CancelQuery', input.QueryId, input.EventDataStore)
    const cancelled = await call.context.queries.cancel(input.QueryId)
    if (!cancelled) throw unknownQuery(input.QueryId)
    if (!cancelled.isCancelled) {
      throw new AwsFault(
        'InactiveQueryException',
        `The query ${input.QueryId} is ${cancelled.record.status}: there is nothing to cancel.`,
      )
    }
    return { QueryId: input.QueryId, QueryStatus: cancelled.record.status }
  },
})

const listQueries = operation({
  name: 'ListQueries',
  input: {
    EventDataStore: required(eventDataStoreArn),
    NextToken: nextToken,
    MaxResults: pageSize(1000),
    StartTime: timestamp,
    EndTime: timestamp,
    QueryStatus: queryStatus,
  },
  errors: [
    ...common,
    'InvalidDateRangeException',
    'InvalidMaxResultsException',
    'InvalidNextTokenException',
    'InvalidQueryStatusException',
  ],
  note: 'Newest first.',
  async run(input, call) {
    const { StartTime: from, EndTime: to } = input
    if (from && to && to < from) {
      throw new AwsFault('InvalidDateRangeException', 'EndTime must not be before StartTime.')
    }
    const after = pageStart<{ readonly at: string; readonly id: string }>('ListQueries', input)
    const store = await storeOf(call, input.EventDataStore, 'ListQueries')
    const wanted = (await call.context.queries.store.list()).filter(
      (record) =>
        record.stores.includes(store.id) &&
        (input.QueryStatus === undefined || record.status === input.QueryStatus) &&
        (from === undefined || record.createdAt >= from.toISOString()) &&
        (to === undefined || record.createdAt <= to.toISOString()),
    )
    // Queries that came meanwhile are newer: a page starts where the last one ended, not at a number.
    const begin = after
      ? wanted.findIndex(({ createdAt, id }) => createdAt < after.at || (createdAt === after.at && id > after.id))
      : 0
    const rest = begin === -1 ? [] : wanted.slice(begin)
    const page = rest.slice(0, input.MaxResults ?? PAGE)
    const last = page.at(-1)
    return {
      Queries: page.map(({ id, status, createdAt }) => ({
        QueryId: id,
        QueryStatus: status,
        CreationTime: seconds(createdAt),
      })),
      ...(last && page.length < rest.length
        ? { NextToken: pageToken('ListQueries', input, { at: last.createdAt, id: last.id }) }
        : {}),
    }
  },
})

export const queryOperations = [startQuery, describeQuery, getQueryResults, cancelQuery, listQueries]

/** The query of an id, if the caller may use all stores that it reads and none of them is pending deletion. */
async function queryOf(call: Call, name: string, id: string, reference: string | undefined): Promise<QueryRecord> {
  const record = await call.context.queries.read(id)
  if (!record) throw unknownQuery(id)
  const stores = await authorizeAll(call, name, record.stores)
  const pending = stores.find((store) => store.deletedFrom)
  if (pending) throw inactive(pending)
  if (reference !== undefined) {
    const store = await storeOf(call, reference, name)
    if (!record.stores.includes(store.id)) throw unknownQuery(id)
  }
  return record
}

/** The stores of these ids that are still there, if the caller may do this to all of them. */
async function authorizeAll(call: Call, name: string, ids: readonly string[]): Promise<readonly EventDataStore[]> {
  const stores = (await call.context.lake.listEventDataStores()).filter(({ id }) => ids.includes(id))
  for (const store of stores) authorize(call, name, store)
  // A query that names no store, or one that is gone, asks for a right that is bound to none.
  if (stores.length < ids.length || ids.length === 0) authorize(call, name)
  return stores
}

/** What is wrong with a text: CloudTrail tells a missing store from everything else. */
function statementFault(error: TraillakeError): unknown {
  const message = error.hint === undefined ? error.message : `${error.message} (${error.hint})`
  if (error.code === 'TABLE_NOT_FOUND') return new AwsFault('EventDataStoreNotFoundException', message)
  if (error.code === 'EVENT_DATA_STORE_INACTIVE') return new AwsFault('InactiveEventDataStoreException', message)
  return error.kind === 'USER_ERROR' ? new AwsFault('InvalidQueryStatementException', message) : error
}

function checkOwner({ context: { lake } }: Call, account: string | undefined): void {
  if (account === undefined || account === lake.accountId) return
  throw new AwsFault('InvalidParameterException', `The event data stores here are owned by account ${lake.accountId}.`)
}

function unknownQuery(id: string): AwsFault {
  return new AwsFault('QueryIdNotFoundException', `There is no query ${id}, or its seven days are over.`)
}

function errorMessage(record: QueryRecord): { readonly ErrorMessage?: string } {
  return isOver(record) && record.error !== undefined ? { ErrorMessage: record.error.slice(0, MESSAGE_LENGTH) } : {}
}
