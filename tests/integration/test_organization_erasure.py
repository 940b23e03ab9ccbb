"""An organization is deleted: nothing of it is left anywhere, and its neighbour notices nothing."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.process import StackProcess
from local.settings import STACK_NAME
from tests.support.integration.client import Brook, good, new_id, refused, wait_until
from tests.support.integration.marked import SECONDS, Marked
from tests.support.integration.stored import Stored
from tests.support.receiver import Receiver, serving


def tombstone(stack: StackProcess, organization_id: str) -> Any:
    found = stack.client("dynamodb").get_item(
        TableName=stack.outputs["BookkeepingTable"],
        Key={"pk": {"S": "ERASED"}, "sk": {"S": organization_id}},
        ConsistentRead=True,
    )
    return found["Item"]


def passes(stack: StackProcess, organization_id: str) -> int:
    return int(tombstone(stack, organization_id)["passes"]["N"])


def make_due(stack: StackProcess, organization_id: str) -> None:
    """Let the next pass begin now, and not when it would: the last one is a day later."""
    stack.client("dynamodb").update_item(
        TableName=stack.outputs["BookkeepingTable"],
        Key={"pk": {"S": "ERASING"}, "sk": {"S": f"{organization_id}#organization"}},
        UpdateExpression="SET due_on = :past",
        ExpressionAttributeValues={":past": {"S": "2026-01-01T00:00:00.000Z"}},
    )
    answer = stack.client("lambda").invoke(FunctionName=f"{STACK_NAME}-due", Payload=b"{}")
    assert json.loads(answer["Payload"].read()) == {"done": True}


def all_of(stored: Stored, one: Marked) -> Any:
    """All that is stored of an organization, but for how far the clock has come with it."""
    items = [item for item in stored.items_with(one.id) if "#WAITED#" not in item]
    return items, stored.objects_with(one.id), stored.alarms_with(one.id)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving(Receiver()) as one:
        yield one


def test_nothing_of_a_deleted_organization_is_left(stack: StackProcess, receiver: Receiver) -> None:
    stored = Stored(stack)
    word = f"quetzal{new_id()[:8]}"
    with Brook(stack) as brook:
        neighbour = Marked(brook, "ptarmigan", receiver.url())
        gone = Marked(brook, word, receiver.url(), neighbour.guest)
        root = brook.person("Root", scope="super_admin")
        for found in (stored.items_with, stored.objects_with, stored.alarms_with):
            assert found(gone.id), "it is looked for in the right place"
        assert stored.users_with(word)
        called = wait_until(lambda: len(receiver.received), (2).__eq__)
        before = all_of(stored, neighbour)

        path = f"/api/organizations/{gone.id}"
        assert gone.founder.delete(path).status_code == 204
        for one in (gone.founder, gone.member, gone.guest):
            refused(one.get(path), 403, "not_a_member")
            refused(one.get("/api/leads"), 403, "not_a_member")
            refused(one.post("/api/leads", {"last_name": "Late"}), 403, "not_a_member")
        refused(root.at(gone.id).get("/api/leads"), 404, "not_found")
        mine = good(neighbour.guest.get("/api/me"))["organizations"]
        assert [one["id"] for one in mine] == [neighbour.id]
        assert neighbour.guest.ids("/api/organizations") == [neighbour.id]

        for number in (1, 2, 3):
            wait_until(lambda: passes(stack, gone.id), number.__eq__, SECONDS)
            if number < 3:
                make_due(stack, gone.id)
        assert "done_on" in tombstone(stack, gone.id)

        left = stored.items_with(gone.id)
        assert [json.loads(one)["pk"]["S"] for one in left] == ["ERASED"]
        assert stored.items_with(word) == []
        assert stored.objects_with(gone.id) == []
        assert stored.messages_with(gone.id) == []
        assert stored.messages_with(word) == []
        assert stored.alarms_with(gone.id) == []
        assert stored.users_with(word) == []
        assert stored.users_with(neighbour.guest.email), "is a member of the other one"
        assert stored.log_lines_with(word) == []
        assert len(receiver.received) == called, "nobody is told of what is erased"

        assert good(neighbour.guest.get(f"/api/organizations/{neighbour.id}"))
        assert all_of(stored, neighbour) == before
