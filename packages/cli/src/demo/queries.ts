/** The questions of the demo: what one asks in the first hour of an incident. `$STORE` is the demo's store. */
export const demoQueries: readonly { readonly question: string; readonly sql: string }[] = [
  {
    question: 'Who is denied most, and on how many different calls?',
    sql: `SELECT userIdentity.arn, count(*) AS denied, count(DISTINCT eventName) AS calls, max(eventTime) AS latest
FROM $STORE
WHERE errorCode IN ('AccessDenied', 'Client.UnauthorizedOperation')
GROUP BY userIdentity.arn
ORDER BY denied DESC, latest DESC
LIMIT 5`,
  },
  {
    question: 'Which console logins came without MFA?',
    sql: `SELECT eventTime, userIdentity.type, sourceIPAddress, element_at(responseElements, 'ConsoleLogin') AS outcome
FROM $STORE
WHERE eventName = 'ConsoleLogin' AND element_at(additionalEventData, 'MFAUsed') = 'No'
ORDER BY eventTime DESC
LIMIT 5`,
  },
  {
    question: 'Who touched the trails and detectors that watch the account?',
    sql: `SELECT eventTime, eventName, coalesce(userIdentity.userName, userIdentity.sessionContext.sessionIssuer.userName) AS who,
       coalesce(errorCode, 'done') AS outcome
FROM $STORE
WHERE eventTime >= '2023-07-10' AND eventTime < '2023-07-11'
  AND eventName IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'DeleteFlowLogs', 'DeleteDetector', 'LeaveOrganization')
ORDER BY eventTime
LIMIT 8`,
  },
  {
    question: 'Which role and user policies were changed, and what do the documents allow?',
    sql: `SELECT eventTime, eventName, element_at(requestParameters, 'policyName') AS policy,
       json_extract_scalar(element_at(requestParameters, 'policyDocument'), '$.Statement[0].Action') AS action
FROM $STORE
WHERE eventSource = 'iam.amazonaws.com' AND element_at(requestParameters, 'policyDocument') IS NOT NULL
ORDER BY eventTime DESC
LIMIT 5`,
  },
]
