"""A world that is made once, and is the same before each request."""

from collections.abc import Iterator

import pytest

from crm.platform.dynamodb import signing_key
from tests.functions.generated.worlds import World, build
from tests.support.cloud import Cloud, client


@pytest.fixture(scope="module")
def world(_account: Cloud) -> Iterator[World]:
    signing_key.cursor_secret.cache_clear()
    _account.empty()
    queue = client("sqs").create_queue(QueueName="deliveries")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DELIVERIES_QUEUE_URL", queue["QueueUrl"])
        yield build(_account)


@pytest.fixture(autouse=True)
def cloud(_account: Cloud) -> Cloud:
    """The world is created once for all tests of a module."""
    return _account
