"""boto3 as the tests use it: no retries of its own, short waits."""

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

SECONDS = 20


def client(endpoint, access_key, secret, ca=None, style="path", region="us-east-1", seconds=SECONDS):
    """`endpoint`: http[s]://host:port. `style`: path or virtual."""
    return boto3.client("s3", endpoint_url=endpoint, aws_access_key_id=access_key, aws_secret_access_key=secret,
                        region_name=region, verify=ca, config=Config(
                            signature_version="s3v4", s3={"addressing_style": style}, connect_timeout=seconds,
                            read_timeout=seconds, retries={"total_max_attempts": 1, "mode": "standard"}))


def create_only(params, **_):
    """For client.meta.events.register("before-call.s3.PutObject", ...): this boto3 has no name for it."""
    params["headers"]["If-None-Match"] = "*"


def refusal(action, *arguments, **named):
    """(status, code) of what a store refuses; (None, None) if it doesn't."""
    try:
        action(*arguments, **named)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
    return None, None


def objects(store, bucket, prefix=""):
    """{key: bytes} of everything below a prefix."""
    found = {}
    for page in store.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for row in page.get("Contents", []):
            found[row["Key"]] = store.get_object(Bucket=bucket, Key=row["Key"])["Body"].read()
    return found


def tags(store, bucket, key):
    return {tag["Key"]: tag["Value"] for tag in store.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]}
