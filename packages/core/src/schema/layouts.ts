import { type Field, field } from './field.ts'

/** The five table layouts; the `eventCategory` of a store's selectors chooses one (AWS: "Supported SQL schemas for event data stores"). */
export type LayoutName = 'events' | 'insights' | 'configuration' | 'evidence' | 'activity'

export interface Layout {
  readonly name: LayoutName
  /** The categories that this layout holds. */
  readonly categories: readonly string[]
  /** In `SELECT *` order, `eventjson` among them; `eventjsonchecksum` (events) is computed, not stored. */
  readonly columns: readonly Field[]
}

const sessionIssuer = ['type', 'principalId', 'arn', 'accountId', 'userName'].map((name) => field(name))

const userIdentity = [
  field('type'),
  field('principalId'),
  field('arn'),
  field('accountId'),
  field('accessKeyId'),
  field('userName'),
  field('sessionContext', {
    struct: [
      field('attributes', { struct: [field('creationDate', 'timestamp'), field('mfaAuthenticated')] }),
      field('sessionIssuer', { struct: sessionIssuer }),
      field('webIdFederationData', { struct: [field('federatedProvider'), field('attributes', 'map')] }),
      field('sourceIdentity'),
      field('ec2RoleDelivery'),
      field('ec2IssuedInVpc'),
    ],
  }),
  field('onBehalfOf', { struct: [field('userId'), field('identityStoreArn')] }),
  field('inScopeOf', {
    struct: [
      field('sourceArn'),
      field('sourceAccount'),
      field('issuerType'),
      // AWS's schema prints this member with an i for the l; the record spells it right.
      field('credentialsIssuedTo', 'varchar', { name: 'credentiaisissuedto', aliases: ['credentialsissuedto'] }),
    ],
  }),
  field('invokedBy'),
  field('identityProvider'),
]

const events: Layout = {
  name: 'events',
  categories: ['Management', 'Data', 'NetworkActivity'],
  columns: [
    field('eventVersion'),
    field('userIdentity', { struct: userIdentity }),
    field('eventTime', 'timestamp'),
    field('eventSource'),
    field('eventName'),
    field('awsRegion'),
    field('sourceIPAddress'),
    field('userAgent'),
    field('errorCode'),
    field('errorMessage'),
    field('requestParameters', 'map'),
    field('responseElements', 'map'),
    field('additionalEventData', 'map'),
    field('requestID'),
    field('eventID'),
    field('readOnly', 'boolean'),
    field('resources', { array: [field('accountId'), field('type'), field('ARN'), field('ARNPrefix')] }),
    field('eventType'),
    field('apiVersion'),
    field('managementEvent', 'boolean'),
    field('recipientAccountId'),
    field('sharedEventID'),
    field('annotation'),
    field('vpcEndpointId'),
    field('vpcEndpointAccountId'),
    field('serviceEventDetails', 'map'),
    field('addendum', 'map'),
    field('edgeDeviceDetails', 'map'),
    field('insightDetails', 'map'),
    field('eventCategory'),
    field('tlsDetails', { struct: [field('tlsVersion'), field('cipherSuite'), field('clientProvidedHostHeader')] }),
    field('sessionCredentialFromConsole'),
    field('', 'varchar', { name: 'eventjson' }),
    field('', 'varchar', { name: 'eventjsonchecksum' }),
    field('eventContext', {
      struct: [
        field('requestContext', 'map'),
        field('tagContext', {
          struct: [
            field('resourceTags', { array: [field('arn'), field('tags', 'map')] }),
            field('principalTags', 'map'),
          ],
        }),
      ],
    }),
  ],
}

/** The columns that every layout but that of events begins with. */
const head = [
  field('eventVersion'),
  field('eventCategory'),
  field('eventType'),
  field('eventID'),
  field('eventTime', 'timestamp'),
  field('awsRegion'),
  field('recipientAccountId'),
]

const valueAverage = [field('value'), field('average', 'double')]

/** The members after `attribute` are deprecated by AWS since 2025-06-23 and stay nullable. */
const insights: Layout = {
  name: 'insights',
  categories: ['Insight'],
  columns: [
    ...head,
    field('sharedEventID'),
    field('addendum', 'map'),
    field('insightSource'),
    field('insightState'),
    field('insightEventSource'),
    field('insightEventName'),
    field('insightErrorCode'),
    field('insightType'),
    field('insightContext', {
      struct: [
        field('baselineAverage', 'double'),
        field('insightAverage', 'double'),
        field('baselineDuration', 'integer'),
        field('insightDuration', 'integer'),
        field('attributions', {
          array: [
            field('attribute'),
            field('insightValue'),
            field('insightAverage', 'double'),
            field('baselineValue'),
            field('baselineAverage', 'double'),
            field('insight', { array: valueAverage }),
            field('baseline', { array: valueAverage }),
          ],
        }),
      ],
    }),
    field('insightDetails', 'map'),
    field('', 'varchar', { name: 'eventjson' }),
  ],
}

const configuration: Layout = {
  name: 'configuration',
  categories: ['ConfigurationItem'],
  columns: [
    ...head,
    field('addendum', 'map'),
    field('eventData', {
      struct: [
        field('configurationItemVersion'),
        field('configurationItemCaptureTime'),
        field('configurationItemStatus'),
        // The column has one "item" more than the record's key.
        field('configurationStateId', 'varchar', { name: 'configurationitemstateid' }),
        field('accountId'),
        field('resourceType'),
        field('resourceId'),
        field('resourceName'),
        field('arn'),
        field('awsRegion'),
        field('availabilityZone'),
        field('resourceCreationTime'),
        field('configuration', 'map'),
        field('supplementaryConfiguration', 'map'),
        field('relatedEvents'),
        field('relationships', {
          array: [field('name'), field('resourceType'), field('resourceId'), field('resourceName')],
        }),
        field('tags', 'map'),
      ],
    }),
    field('', 'varchar', { name: 'eventjson' }),
  ],
}

/** AWS publishes no key spelling for evidence: members are matched in any letter case. */
const evidence: Layout = {
  name: 'evidence',
  categories: ['Evidence'],
  columns: [
    ...head,
    field('addendum', 'map'),
    field('eventData', {
      struct: [
        field('attributes', 'map'),
        ...['awsAccountId', 'awsOrganization', 'complianceCheck', 'dataSource', 'eventName', 'eventSource'].map((n) =>
          field(n),
        ),
        ...['evidenceAwsAccountId', 'evidenceByType', 'iamId', 'evidenceId'].map((n) => field(n)),
        field('time', 'timestamp'),
        ...['assessmentId', 'controlSetId', 'controlId', 'controlName', 'controlDomainName', 'frameworkName'].map((n) =>
          field(n),
        ),
        ...['frameworkId', 'service', 'serviceCategory', 'resourceArn', 'resourceType', 'evidenceFolderId'].map((n) =>
          field(n),
        ),
        ...['description', 'manualEvidenceS3ResourcePath', 'evidenceFolderName', 'resourceComplianceCheck'].map((n) =>
          field(n),
        ),
      ],
    }),
    field('', 'varchar', { name: 'eventjson' }),
  ],
}

const activity: Layout = {
  name: 'activity',
  categories: ['ActivityAuditLog'],
  columns: [
    ...head,
    field('addendum', {
      struct: [field('reason'), field('updatedFields'), field('originalUID'), field('originalEventID')],
    }),
    field('metadata', { struct: [field('ingestionTime'), field('channelARN')] }),
    field('eventData', {
      struct: [
        field('version'),
        field('userIdentity', { struct: [field('type'), field('principalId'), field('details', 'map')] }),
        field('userAgent'),
        field('eventSource'),
        field('eventName'),
        field('eventTime'),
        field('UID'),
        field('requestParameters', 'map'),
        field('responseElements', 'map'),
        field('errorCode'),
        // AWS's schema prints this member without its first e; the record spells it right.
        field('errorMessage', 'varchar', { name: 'errormssage', aliases: ['errormessage'] }),
        field('sourceIPAddress'),
        field('recipientAccountId'),
        field('additionalEventData', 'map'),
      ],
    }),
    field('', 'varchar', { name: 'eventjson' }),
  ],
}

export const layouts: Readonly<Record<LayoutName, Layout>> = { events, insights, configuration, evidence, activity }

/** Names of the computed column: base64 of the SHA-256 of `eventjson`; both emitters compute it. */
export const CHECKSUM_COLUMN = 'eventjsonchecksum'

/** Columns that every table stores besides Lake's: usable in SQL as `"$source"`, `"$record"` and `calendarday`, never part of `SELECT *`. */
export const hiddenColumns: readonly HiddenColumn[] = [
  { name: '_source', kind: 'varchar', sqlName: '$source' },
  { name: '_record', kind: 'bigint', sqlName: '$record' },
  { name: '_accesskeyid', kind: 'varchar' },
  { name: '_arn', kind: 'varchar' },
  { name: 'calendarday', kind: 'bigint', sqlName: 'calendarday' },
]

export interface HiddenColumn {
  /** The name in the data file. */
  readonly name: string
  readonly kind: 'varchar' | 'bigint'
  /** The name in SQL; absent for flat copies that serve only the planner. */
  readonly sqlName?: string
}

/** The layout that holds a category; undefined for one that has no table (`Aggregated`, or unknown). */
export function layoutOfCategory(category: string): LayoutName | undefined {
  return (Object.values(layouts) as Layout[]).find((layout) => layout.categories.includes(category))?.name
}
