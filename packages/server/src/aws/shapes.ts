import { required, type Shape } from './shape.ts'

/*
 * The types of the CloudTrail API that requests are made of, with their published limits.
 */

const resourceText = /[a-zA-Z0-9._/\-:]+/

export const boolean = { kind: 'boolean' } as const satisfies Shape
export const timestamp = { kind: 'timestamp' } as const satisfies Shape
export const text = { kind: 'string' } as const satisfies Shape

export const eventDataStoreArn = {
  kind: 'string',
  min: 3,
  max: 256,
  pattern: resourceText,
  fault: 'EventDataStoreARNInvalidException',
} as const satisfies Shape
export const eventDataStoreName = {
  kind: 'string',
  min: 3,
  max: 128,
  pattern: /[a-zA-Z0-9._-]+/,
} as const satisfies Shape
export const resourceArn = {
  kind: 'string',
  min: 3,
  max: 256,
  pattern: resourceText,
  fault: 'ResourceARNNotValidException',
} as const satisfies Shape
export const resourcePolicy = {
  kind: 'string',
  min: 1,
  max: 8192,
  fault: 'ResourcePolicyNotValidException',
} as const satisfies Shape
export const kmsKeyId = {
  kind: 'string',
  min: 1,
  max: 350,
  pattern: resourceText,
  fault: 'InvalidKmsKeyIdException',
} as const satisfies Shape
export const billingMode = {
  kind: 'string',
  values: ['EXTENDABLE_RETENTION_PRICING', 'FIXED_RETENTION_PRICING'],
} as const satisfies Shape
export const retentionPeriod = { kind: 'integer', min: 7, max: 3653 } as const satisfies Shape
export const accountId = { kind: 'string', min: 12, max: 16, pattern: /\d+/ } as const satisfies Shape
export const uuid = { kind: 'string', min: 36, max: 36, pattern: /[a-f0-9-]+/ } as const satisfies Shape
export const refreshId = { kind: 'string', min: 10, max: 20, pattern: /\d+/ } as const satisfies Shape

const operatorValues = {
  kind: 'list',
  min: 1,
  of: { kind: 'string', min: 1, max: 2048, pattern: /.+/ },
} as const satisfies Shape
export const advancedEventSelectors = {
  kind: 'list',
  fault: 'InvalidEventSelectorsException',
  of: {
    kind: 'structure',
    members: {
      Name: { kind: 'string', min: 0, max: 1000, pattern: /.*/ },
      FieldSelectors: required({
        kind: 'list',
        min: 1,
        of: {
          kind: 'structure',
          members: {
            Field: required({ kind: 'string', min: 1, max: 1000, pattern: /[\w|\d|.|_]+/ }),
            Equals: operatorValues,
            StartsWith: operatorValues,
            EndsWith: operatorValues,
            NotEquals: operatorValues,
            NotStartsWith: operatorValues,
            NotEndsWith: operatorValues,
          },
        },
      }),
    },
  },
} as const satisfies Shape

export const tagsList = {
  kind: 'list',
  max: 200,
  fault: 'InvalidTagParameterException',
  of: {
    kind: 'structure',
    members: {
      Key: required({ kind: 'string', min: 1, max: 128 }),
      Value: { kind: 'string', min: 1, max: 256 },
    },
  },
} as const satisfies Shape

export const queryStatement = { kind: 'string', min: 1, max: 10_000, pattern: /[\s\S]*/ } as const satisfies Shape
export const queryAlias = {
  kind: 'string',
  min: 1,
  max: 256,
  pattern: /[a-zA-Z][a-zA-Z0-9._-]*/,
} as const satisfies Shape
export const queryParameters = {
  kind: 'list',
  min: 1,
  max: 10,
  of: { kind: 'string', min: 1, max: 1024, pattern: /.*/ },
} as const satisfies Shape
/** The pattern is `s3://…`; folders of this server are named by `file://…` besides. */
export const deliveryUri = {
  kind: 'string',
  min: 0,
  max: 1024,
  pattern: /s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9](\/.*)?|file:\/\/\/.*/,
  fault: 'InvalidS3BucketNameException',
} as const satisfies Shape
export const queryStatus = {
  kind: 'string',
  values: ['QUEUED', 'RUNNING', 'FINISHED', 'FAILED', 'CANCELLED', 'TIMED_OUT'],
  fault: 'InvalidQueryStatusException',
} as const satisfies Shape
export const importStatus = {
  kind: 'string',
  values: ['INITIALIZING', 'IN_PROGRESS', 'FAILED', 'STOPPED', 'COMPLETED'],
} as const satisfies Shape
export const importDestinations = {
  kind: 'list',
  min: 1,
  max: 1,
  of: eventDataStoreArn,
} as const satisfies Shape
export const importSource = {
  kind: 'structure',
  fault: 'InvalidImportSourceException',
  members: {
    S3: required({
      kind: 'structure',
      members: {
        S3LocationUri: required({ kind: 'string' }),
        S3BucketRegion: required({ kind: 'string' }),
        S3BucketAccessRoleArn: required({ kind: 'string' }),
      },
    }),
  },
} as const satisfies Shape
export const lookupAttributes = {
  kind: 'list',
  fault: 'InvalidLookupAttributesException',
  of: {
    kind: 'structure',
    members: {
      AttributeKey: required({
        kind: 'string',
        values: [
          'EventId',
          'EventName',
          'ReadOnly',
          'Username',
          'ResourceType',
          'ResourceName',
          'EventSource',
          'AccessKeyId',
        ],
      }),
      AttributeValue: required({ kind: 'string', min: 1, max: 2000 }),
    },
  },
} as const satisfies Shape

/** A page size; each operation has its own limits. */
export function pageSize<const Max extends number>(max: Max) {
  return { kind: 'integer', min: 1, max, fault: 'InvalidMaxResultsException' } as const satisfies Shape
}

export const nextToken = {
  kind: 'string',
  min: 4,
  max: 1000,
  pattern: /.*/,
  fault: 'InvalidNextTokenException',
} as const satisfies Shape
