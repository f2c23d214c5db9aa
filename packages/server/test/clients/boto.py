"""Makes the calls that come as JSON lines [operation, input] with boto3, and prints what came of each as a JSON line."""
import datetime
import json
import re
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

client = boto3.client(
    "cloudtrail",
    endpoint_url=sys.argv[1],
    region_name="us-east-1",
    config=Config(retries={"total_max_attempts": 1}),
)


def read(value):
    if isinstance(value, list):
        return [read(item) for item in value]
    if isinstance(value, dict):
        if "$date" in value:
            return datetime.datetime.fromtimestamp(value["$date"] / 1000, datetime.timezone.utc)
        return {name: read(member) for name, member in value.items()}
    return value


def shown(value):
    if isinstance(value, datetime.datetime):
        return {"$date": round(value.timestamp() * 1000)}
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    raise TypeError(type(value))


for line in sys.stdin:
    operation, given = json.loads(line)
    method = getattr(client, re.sub(r"(?<!^)([A-Z])", r"_\1", operation).lower())
    try:
        output = method(**read(given))
        assert output.pop("ResponseMetadata")["RequestId"]
        answer = {"output": output}
    except ClientError as error:
        known = type(error).__name__
        code = error.response["Error"]["Code"]
        # A modelled error is a class of its own.
        assert known == code, f"{code} is not modelled"
        answer = {"error": code, "message": error.response["Error"]["Message"]}
    print(json.dumps(answer, default=shown), flush=True)
