import { type ErrorCode, isTraillakeError } from '@traillake/core/errors'

/** Errors of the CloudTrail API that this server answers with. The names are AWS's. */
export const faultNames = [
  'AccessDeniedException',
  'AccountHasOngoingImportException',
  'ChannelARNInvalidException',
  'ChannelNotFoundException',
  'CloudTrailARNInvalidException',
  'ConflictException',
  'EventDataStoreARNInvalidException',
  'EventDataStoreAlreadyExistsException',
  'EventDataStoreHasOngoingImportException',
  'EventDataStoreMaxLimitExceededException',
  'EventDataStoreNotFoundException',
  'EventDataStoreTerminationProtectedException',
  'ImportNotFoundException',
  'InactiveEventDataStoreException',
  'InactiveQueryException',
  'InsufficientS3BucketPolicyException',
  'InvalidDateRangeException',
  'InvalidEventCategoryException',
  'InvalidEventDataStoreCategoryException',
  'InvalidEventDataStoreStatusException',
  'InvalidEventSelectorsException',
  'InvalidImportSourceException',
  'InvalidKmsKeyIdException',
  'InvalidLookupAttributesException',
  'InvalidMaxResultsException',
  'InvalidNextTokenException',
  'InvalidParameterException',
  'InvalidQueryStatementException',
  'InvalidQueryStatusException',
  'InvalidS3BucketNameException',
  'InvalidS3PrefixException',
  'InvalidTagParameterException',
  'InvalidTimeRangeException',
  'InvalidTokenException',
  'KmsKeyNotFoundException',
  'MaxConcurrentQueriesException',
  'OperationNotPermittedException',
  'QueryIdNotFoundException',
  'ResourceARNNotValidException',
  'ResourceNotFoundException',
  'ResourcePolicyNotFoundException',
  'ResourcePolicyNotValidException',
  'ResourceTypeNotSupportedException',
  'S3BucketDoesNotExistException',
  'TagsLimitExceededException',
  'UnsupportedOperationException',
] as const

/** Errors that every AWS JSON service can answer, whatever the operation. */
export const commonFaultNames = [
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InternalFailure',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'RequestEntityTooLargeException',
  'SerializationException',
  'ServiceUnavailableException',
  'ThrottlingException',
  'UnknownOperationException',
  'UnrecognizedClientException',
  'ValidationException',
] as const

export type FaultName = (typeof faultNames)[number] | (typeof commonFaultNames)[number]

/** An error as AWS names it. Status 400, but 500 for `InternalFailure` and 503 for `ServiceUnavailableException`. */
export class AwsFault extends Error {
  override readonly name = 'AwsFault'
  readonly fault: FaultName

  constructor(fault: FaultName, message: string, options?: ErrorOptions) {
    super(message, options)
    this.fault = fault
  }

  get status(): number {
    return this.fault === 'InternalFailure' ? 500 : this.fault === 'ServiceUnavailableException' ? 503 : 400
  }
}

/** The fault of an error of the library. Texts of queries are judged where they are known to be texts (`queries.ts`). */
const faultByCode: Partial<Record<ErrorCode, FaultName>> = {
  EVENT_DATA_STORE_NOT_FOUND: 'EventDataStoreNotFoundException',
  EVENT_DATA_STORE_EXISTS: 'EventDataStoreAlreadyExistsException',
  EVENT_DATA_STORE_INACTIVE: 'InactiveEventDataStoreException',
  INVALID_EVENT_DATA_STORE_NAME: 'InvalidParameterException',
  INVALID_EVENT_SELECTORS: 'InvalidEventSelectorsException',
  TERMINATION_PROTECTED: 'EventDataStoreTerminationProtectedException',
  LAKE_READ_ONLY: 'OperationNotPermittedException',
  LAKE_CLOSED: 'ServiceUnavailableException',
  COMMIT_CONFLICT: 'ConflictException',
  INVALID_OPTION: 'InvalidParameterException',
}

/** Whatever was thrown, as a fault; what nobody foresaw is `InternalFailure` and says nothing about the inside. */
export function toFault(error: unknown): AwsFault {
  if (error instanceof AwsFault) return error
  if (isTraillakeError(error)) {
    const fault = faultByCode[error.code]
    const message = error.hint === undefined ? error.message : `${error.message} (${error.hint})`
    if (fault) return new AwsFault(fault, message, { cause: error })
  }
  return new AwsFault('InternalFailure', 'internal error', { cause: error })
}
