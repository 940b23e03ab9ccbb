from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from local.environment import CREDENTIALS
from local.settings import REGION, Settings

ClientFactory = Callable[[str], Any]


def clients(settings: Settings) -> ClientFactory:
    """Return a factory of AWS clients that call the engine of this stack as the account's owner."""
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
    config = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 2})

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=settings.engine_url, config=config)

    return client
