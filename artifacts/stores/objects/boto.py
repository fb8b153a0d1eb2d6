"""boto3's client: for what obstore does not know of the protocol of S3."""

import logging
from typing import Any

import boto3
from botocore.config import Config

# What it says while it works has what it signs, and by that whole links.
logging.getLogger("botocore").setLevel(logging.INFO)


def connect(
    *,
    endpoint: str | None,
    region: str | None,
    access_key_id: str | None,
    secret_access_key: str | None,
    ca_file: str | None,
    virtual_hosts: bool,
    timeouts: tuple[float, float],
) -> Any:
    """Return a client, which asks nobody yet; it tries nothing again."""
    return boto3.session.Session().client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
        verify=ca_file,
        config=Config(
            s3={"addressing_style": "virtual" if virtual_hosts else "path"},
            signature_version="s3v4",  # links too, which boto3 would sign in the older way
            connect_timeout=timeouts[0],
            read_timeout=timeouts[1],
            retries={"total_max_attempts": 1},
        ),
    )
