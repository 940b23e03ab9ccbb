"""An organization with an admin, two members and a team, on AWS as moto plays it."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from crm.platform import sqs
from crm.platform.dynamodb import signing_key, table
from crm.platform.s3 import bucket
from crm.platform.stream import runner
from crm.tenancy import user_pool
from tests.support.client import Client
from tests.support.cloud import SETTINGS, Cloud, client
from tests.support.moto_speed import back_up_once, look_into_one_partition, one_request_at_a_time

_CLIENTS = (
    client,
    user_pool._client,
    sqs._client,
    runner._client,
    bucket.client,
    table.connection,
)


@pytest.fixture(scope="session")
def _account() -> Iterator[Cloud]:
    """The resources shared by all tests, because their creation takes long."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        back_up_once(patch)
        look_into_one_partition(patch)
        one_request_at_a_time(patch)
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        for cache in _CLIENTS:
            cache.cache_clear()
        made = Cloud.make()
        patch.setenv("USER_POOL_ID", made.user_pool_id)
        patch.setenv("DEAD_LETTER_QUEUE_URL", made.dead_letters_url)
        patch.setenv("JOBS_QUEUE_URL", made.jobs_url)
        patch.setenv("ERASING_QUEUE_URL", made.erasures_url)
        yield made
    for cache in _CLIENTS:
        cache.cache_clear()


@pytest.fixture(autouse=True)
def cloud(_account: Cloud) -> Cloud:
    """Empty tables, bucket, user pool and queue, and an environment that names them."""
    signing_key.cursor_secret.cache_clear()
    _account.empty()
    return _account


@pytest.fixture
def ada(cloud: Cloud) -> Client:
    """The founder of the organization Brook, and its only admin."""
    founder = Client(cloud.new_user("ada@example.com", "Ada", "Admin"))
    founded = founder.post("/api/organizations", {"name": "Brook"})
    assert founded.status == 201, founded.text
    return founder.within(founded.json["id"])


@pytest.fixture
def ben(ada: Client) -> Client:
    """A member of Brook."""
    return join(ada, "ben@example.com", "Ben", "Member")


@pytest.fixture
def cleo(ada: Client) -> Client:
    """Another member of Brook, in no team with Ben."""
    return join(ada, "cleo@example.com", "Cleo", "Member")


@pytest.fixture
def eve(cloud: Cloud) -> Client:
    """The admin of another organization."""
    founder = Client(cloud.new_user("eve@example.com", "Eve", "Else"))
    founded = founder.post("/api/organizations", {"name": "Elsewhere"})
    return founder.within(founded.json["id"])


@pytest.fixture
def root(ada: Client, cloud: Cloud) -> Client:
    """A super admin who is a member of nothing, looking into Brook."""
    user_id = cloud.new_user("root@example.com", "Root", "Super")
    return Client(user_id, ada.organization_id, {"scope": "openid super_admin"})


@pytest.fixture
def team(ada: Client, cleo: Client) -> str:
    """The team Sales, with Cleo in it."""
    made = ada.post("/api/teams", {"name": "Sales", "users": [cleo.user_id]})
    assert made.status == 201, made.text
    return str(made.json["id"])


def join(admin: Client, email: str, first_name: str, last_name: str) -> Client:
    """Somebody new, made a member by an admin."""
    invited = admin.post(
        "/api/members", {"email": email, "first_name": first_name, "last_name": last_name}
    )
    assert invited.status == 201, invited.text
    return Client(invited.json["id"], admin.organization_id)
