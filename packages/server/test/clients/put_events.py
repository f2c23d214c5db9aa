"""Puts audit events with boto3: reads [endpoint, channelArn, auditEvents] as JSON from standard input, prints what came of it."""
import json
import sys

import boto3
from botocore.exceptions import ClientError

endpoint, channel, events = json.load(sys.stdin)
client = boto3.client("cloudtrail-data", endpoint_url=endpoint, region_name="us-east-1")
try:
    answer = client.put_audit_events(channelArn=channel, auditEvents=events)
    print(json.dumps({"successful": answer["successful"], "failed": answer["failed"]}))
except ClientError as error:
    assert type(error).__name__ == error.response["Error"]["Code"]
    print(json.dumps({"error": error.response["Error"]["Code"]}))
