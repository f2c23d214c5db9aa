import type { Operation } from '../operation.ts'
import { eventDataStoreOperations } from './event-data-stores.ts'
import { importOperations } from './imports.ts'
import { lookupOperations } from './lookup-events.ts'
import { publicKeyOperations } from './public-keys.ts'
import { queryOperations } from './queries.ts'
import { resourcePolicyOperations } from './resource-policies.ts'
import { sampleQueryOperations } from './sample-queries.ts'
import { tagOperations } from './tags.ts'

/** Operations that are carried out, by name. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  [
    queryOperations,
    sampleQueryOperations,
    lookupOperations,
    eventDataStoreOperations,
    importOperations,
    tagOperations,
    resourcePolicyOperations,
    publicKeyOperations,
  ]
    .flat()
    .map((operation) => [operation.name, operation]),
)

/** Operations of the CloudTrail API that are known and not carried out, with the reason: they answer UnsupportedOperationException. */
export const unsupportedOperations: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'no language model writes queries here': ['GenerateQuery'],
    'events are neither enriched nor aggregated here': ['GetEventConfiguration', 'PutEventConfiguration'],
    'there is no Glue catalog to federate with: the tables are Delta tables that Athena and Trino read as they are': [
      'EnableFederation',
      'DisableFederation',
    ],
    'this release keeps no trails': [
      ...['CreateTrail', 'UpdateTrail', 'DeleteTrail', 'GetTrail', 'DescribeTrails', 'ListTrails', 'GetTrailStatus'],
      ...['StartLogging', 'StopLogging', 'GetEventSelectors', 'PutEventSelectors'],
    ],
    'this release computes no Insights': [
      ...['GetInsightSelectors', 'PutInsightSelectors', 'ListInsightsData', 'ListInsightsMetricData'],
    ],
    'this release has no channels': ['CreateChannel', 'UpdateChannel', 'GetChannel', 'ListChannels', 'DeleteChannel'],
    'this release has no dashboards': [
      ...['CreateDashboard', 'UpdateDashboard', 'GetDashboard', 'ListDashboards', 'DeleteDashboard'],
      'StartDashboardRefresh',
    ],
    'there is no organization to administer': [
      'RegisterOrganizationDelegatedAdmin',
      'DeregisterOrganizationDelegatedAdmin',
    ],
  }).flatMap(([reason, names]) => names.map((name) => [name, reason])),
)
