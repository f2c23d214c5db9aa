/** A query to start from. `$EDS_ID` stands for the event data store. */
export interface SampleQuery {
  readonly name: string
  readonly description: string
  /** More words by which it is found. */
  readonly keywords: string
  readonly sql: string
}

const since = "eventTime > date_add('day', -7, now())"

export const sampleQueries: readonly SampleQuery[] = [
  {
    name: 'Calls by API and service',
    description: 'Counts the calls of each API of each service in the last week, the most frequent first.',
    keywords: 'top activity count events most common',
    sql: `SELECT eventSource, eventName, count(*) AS calls
FROM $EDS_ID
WHERE ${since}
GROUP BY eventSource, eventName
ORDER BY calls DESC
LIMIT 100`,
  },
  {
    name: 'Errors by API',
    description: 'Counts failed calls by error code and API, to see what breaks or is refused.',
    keywords: 'failures failed error code exceptions denied',
    sql: `SELECT errorCode, eventSource, eventName, count(*) AS failures
FROM $EDS_ID
WHERE errorCode IS NOT NULL AND ${since}
GROUP BY errorCode, eventSource, eventName
ORDER BY failures DESC
LIMIT 100`,
  },
  {
    name: 'Denied calls by identity',
    description: 'Shows which users and roles ran into missing permissions, and how often.',
    keywords: 'access denied unauthorized permission refused principal user role',
    sql: `SELECT userIdentity.arn, eventSource, eventName, count(*) AS denied
FROM $EDS_ID
WHERE errorCode IN ('AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation') AND ${since}
GROUP BY userIdentity.arn, eventSource, eventName
ORDER BY denied DESC
LIMIT 100`,
  },
  {
    name: 'Console logins without MFA',
    description: 'Lists successful sign-ins to the console for which no second factor was used.',
    keywords: 'sign in signin login multi factor authentication security',
    sql: `SELECT eventTime, userIdentity.arn, sourceIPAddress, userAgent
FROM $EDS_ID
WHERE eventName = 'ConsoleLogin'
  AND element_at(responseElements, 'ConsoleLogin') = 'Success'
  AND element_at(additionalEventData, 'MFAUsed') = 'No'
ORDER BY eventTime DESC
LIMIT 1000`,
  },
  {
    name: 'Failed console logins by address',
    description: 'Counts sign-ins that failed, by source address and user, to find guessing of passwords.',
    keywords: 'sign in signin login brute force password failure ip',
    sql: `SELECT sourceIPAddress, userIdentity.userName, count(*) AS failures, max(eventTime) AS latest
FROM $EDS_ID
WHERE eventName = 'ConsoleLogin' AND element_at(responseElements, 'ConsoleLogin') = 'Failure'
GROUP BY sourceIPAddress, userIdentity.userName
ORDER BY failures DESC
LIMIT 100`,
  },
  {
    name: 'Activity of the root user',
    description: 'Lists what was done with the credentials of the account itself.',
    keywords: 'root account owner security audit',
    sql: `SELECT eventTime, eventSource, eventName, sourceIPAddress, recipientAccountId
FROM $EDS_ID
WHERE userIdentity.type = 'Root' AND eventType <> 'AwsServiceEvent'
ORDER BY eventTime DESC
LIMIT 1000`,
  },
  {
    name: 'New access keys and users',
    description: 'Lists who created users, access keys and login profiles, and for whom.',
    keywords: 'iam create user credentials persistence key',
    sql: `SELECT eventTime, eventName, userIdentity.arn, element_at(requestParameters, 'userName') AS for_user
FROM $EDS_ID
WHERE eventSource = 'iam.amazonaws.com'
  AND eventName IN ('CreateUser', 'CreateAccessKey', 'CreateLoginProfile')
  AND errorCode IS NULL
ORDER BY eventTime DESC
LIMIT 1000`,
  },
  {
    name: 'Changes of policies and permissions',
    description: 'Lists calls that attached, put, detached or deleted policies of users, roles and groups.',
    keywords: 'iam policy permission privilege escalation attach role',
    sql: `SELECT eventTime, eventName, userIdentity.arn, requestParameters
FROM $EDS_ID
WHERE eventSource = 'iam.amazonaws.com' AND regexp_like(eventName, '^(Attach|Detach|Put|Delete|Create).*Policy')
ORDER BY eventTime DESC
LIMIT 1000`,
  },
  {
    name: 'Trails stopped or changed',
    description: 'Finds attempts to switch the recording itself off or to narrow it.',
    keywords: 'cloudtrail logging tampering stop delete trail evasion',
    sql: `SELECT eventTime, eventName, userIdentity.arn, sourceIPAddress, errorCode
FROM $EDS_ID
WHERE eventSource = 'cloudtrail.amazonaws.com'
  AND eventName IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'DeleteEventDataStore')
ORDER BY eventTime DESC
LIMIT 1000`,
  },
  {
    name: 'Security groups opened or closed',
    description: 'Lists changes of the rules of security groups with what was asked for.',
    keywords: 'ec2 network firewall ingress egress port',
    sql: `SELECT eventTime, eventName, userIdentity.arn, element_at(requestParameters, 'groupId') AS group_id,
  element_at(requestParameters, 'ipPermissions') AS permissions
FROM $EDS_ID
WHERE eventSource = 'ec2.amazonaws.com' AND eventName LIKE '%SecurityGroup%gress'
ORDER BY eventTime DESC
LIMIT 1000`,
  },
  {
    name: 'Buckets deleted or made public',
    description: 'Lists calls that delete S3 buckets or change their policies, access lists and public access blocks.',
    keywords: 's3 storage bucket public delete acl',
    sql: `SELECT eventTime, eventName, element_at(requestParameters, 'bucketName') AS bucket, userIdentity.arn, errorCode
FROM $EDS_ID
WHERE eventSource = 's3.amazonaws.com'
  AND eventName IN ('DeleteBucket', 'PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketAcl', 'PutBucketPublicAccessBlock',
    'DeleteBucketPublicAccessBlock')
ORDER BY eventTime DESC
LIMIT 1000`,
  },
  {
    name: 'Secrets and parameters read',
    description: 'Shows who read secrets of Secrets Manager and parameters of Systems Manager.',
    keywords: 'secret password credential exfiltration getsecretvalue ssm',
    sql: `SELECT eventName, userIdentity.arn, element_at(requestParameters, 'secretId') AS secret, count(*) AS reads
FROM $EDS_ID
WHERE eventName IN ('GetSecretValue', 'GetParameter', 'GetParameters', 'GetParametersByPath')
GROUP BY eventName, userIdentity.arn, element_at(requestParameters, 'secretId')
ORDER BY reads DESC
LIMIT 100`,
  },
  {
    name: 'What one access key did',
    description: 'Follows an access key: what was called with it, from where, and when first and last.',
    keywords: 'investigate key leaked compromised incident trace',
    sql: `SELECT eventSource, eventName, sourceIPAddress, count(*) AS calls, min(eventTime) AS first_seen, max(eventTime) AS last_seen
FROM $EDS_ID
WHERE userIdentity.accessKeyId = 'AKIAIOSFODNN7EXAMPLE'
GROUP BY eventSource, eventName, sourceIPAddress
ORDER BY first_seen`,
  },
  {
    name: 'Roles assumed across accounts',
    description: 'Shows which other accounts took on roles here.',
    keywords: 'sts assumerole cross account trust third party',
    sql: `SELECT userIdentity.accountId AS from_account, recipientAccountId AS to_account,
  element_at(requestParameters, 'roleArn') AS role, count(*) AS times
FROM $EDS_ID
WHERE eventName = 'AssumeRole' AND userIdentity.accountId <> recipientAccountId
GROUP BY userIdentity.accountId, recipientAccountId, element_at(requestParameters, 'roleArn')
ORDER BY times DESC
LIMIT 100`,
  },
  {
    name: 'Calls by hour',
    description: 'Counts events of each hour of the last week: a curve in which bursts are seen.',
    keywords: 'time series volume trend rate day',
    sql: `SELECT date_trunc('hour', eventTime) AS hour, count(*) AS events, count(errorCode) AS errors
FROM $EDS_ID
WHERE ${since}
GROUP BY date_trunc('hour', eventTime)
ORDER BY hour`,
  },
]
