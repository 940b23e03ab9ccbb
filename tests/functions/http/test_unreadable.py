"""References of a body while the table is too busy for the read."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.table import Table
from crm.platform.errors import UnavailableError
from tests.support.attachments import document, on
from tests.support.client import Client
from tests.support.deals import deal, pipeline
from tests.support.entities import entity, path_of

pytestmark = pytest.mark.thorough

Named = Callable[[Client], tuple[str, dict[str, Any], str]]
"""Makes what a request needs; its path, its body, and the id in it that cannot be looked up."""


def attachment_of(ada: Client) -> tuple[str, dict[str, Any], str]:
    one = document(ada)
    return "/api/attachments", {**on(entity(ada)), "document_id": one}, one


def attachment_on(ada: Client) -> tuple[str, dict[str, Any], str]:
    one = entity(ada)
    return "/api/attachments", {**on(one), "document_id": document(ada)}, one["id"]


def relationship(ada: Client) -> tuple[str, dict[str, Any], str]:
    other = entity(ada, "Other")["id"]
    body = {"to_entity": other, "relationship_type": "knows"}
    return f"{path_of(entity(ada))}/relationships", body, other


def merge(ada: Client) -> tuple[str, dict[str, Any], str]:
    other = entity(ada, "Other")["id"]
    return f"{path_of(entity(ada))}/merge", {"from": other}, other


def deal_of(ada: Client) -> tuple[str, dict[str, Any], str]:
    one = entity(ada)["id"]
    return "/api/deals", {"name": "Big", "entity_id": one}, one


def deal_in(ada: Client) -> tuple[str, dict[str, Any], str]:
    stage = pipeline(ada, "Other", {"name": "New"})["stages"][0]["id"]
    return "/api/deals", {"name": "Big", "entity_id": entity(ada)["id"], "stage_id": stage}, stage


def case_of(ada: Client) -> tuple[str, dict[str, Any], str]:
    one = entity(ada)["id"]
    return "/api/cases", {"name": "Broken", "entity_id": one}, one


def activity_about(ada: Client) -> tuple[str, dict[str, Any], str]:
    one = deal(ada)
    return "/api/activities", {"type": "note", "subject": "So", **on(one, "deal")}, one["id"]


@pytest.mark.parametrize(
    "named",
    [
        attachment_of,
        attachment_on,
        relationship,
        merge,
        deal_of,
        deal_in,
        case_of,
        activity_about,
    ],
)
def test_it_is_not_taken_for_missing(
    ada: Client, named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, body, record_id = named(ada)
    get, batch_get = Table.get, Table.batch_get

    def busy(keys: Iterable[Key]) -> None:
        if any(record_id in key.pk for key in keys):
            raise UnavailableError

    def getting(self: Table, key: Key) -> Any:
        busy([key])
        return get(self, key)

    def getting_many(self: Table, keys: Iterable[Key]) -> Any:
        wanted = list(keys)
        busy(wanted)
        return batch_get(self, wanted)

    with monkeypatch.context() as context:
        context.setattr(Table, "get", getting)
        context.setattr(Table, "batch_get", getting_many)
        reply = ada.post(path, body)
    assert reply.problem == (503, "unavailable"), reply.text
    assert ada.post(path, body).status in {200, 201}
