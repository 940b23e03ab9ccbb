"""Common behaviour of the routes of records with an owner, except permissions."""

from typing import Any

import pytest

from tests.support.client import Client
from tests.support.entities import entity
from tests.support.related import attach

pytestmark = pytest.mark.thorough

BODIES: dict[str, Any] = {
    "activities": {"type": "note", "subject": "Hello"},
    "cases": {"name": "It smokes"},
    "deals": {"name": "Big one"},
    "entities": {"type": "account", "name": "Acme"},
    "leads": {"last_name": "Lovelace"},
}


@pytest.fixture(params=BODIES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def body(ben: Client, kind: str) -> Any:
    """The least that makes one."""
    needs = {"entity_id": entity(ben)["id"]} if kind == "deals" else {}
    return {**BODIES[kind], **needs}


def test_without_an_owner_it_is_its_makers(ada: Client, ben: Client, kind: str, body: Any) -> None:
    """Change the record as another user."""
    made = ben.post(f"/api/{kind}", {**body, "assigned_to": ada.user_id})
    assert made.json["assigned_to"] == ada.user_id
    path = made.headers["Location"]
    replaced = ada.put(path, body).json
    assert (replaced["assigned_to"], replaced["updated_by"]) == (ben.user_id, ada.user_id)
    ada.patch(path, {"assigned_to": ada.user_id})
    assert ada.patch(path, {"assigned_to": None}).json["assigned_to"] == ben.user_id


@pytest.mark.parametrize("how", ["paused", "removed"])
def test_nobody_who_has_left_becomes_its_owner(
    ada: Client, ben: Client, cleo: Client, kind: str, body: Any, how: str
) -> None:
    path = ben.post(f"/api/{kind}", body).headers["Location"]
    member = f"/api/members/{cleo.user_id}"
    left = ada.delete(member) if how == "removed" else ada.patch(member, {"is_active": False})
    assert left.status == (204 if how == "removed" else 200)
    given = {**body, "assigned_to": cleo.user_id}
    for reply in (
        ben.post(f"/api/{kind}", given),
        ben.put(path, given),
        ben.patch(path, {"assigned_to": cleo.user_id}),
    ):
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == ["assigned_to"]
    assert ben.get(path).json["assigned_to"] == ben.user_id


def test_its_attachments_go_before_the_answer(
    ada: Client, ben: Client, kind: str, body: Any
) -> None:
    singular = {"activities": "activity", "entities": "entity"}.get(kind, kind.removesuffix("s"))
    made = ben.post(f"/api/{kind}", body)
    attached = attach(ben, singular, made.json)
    path = f"/api/attachments/{attached['id']}"
    assert ada.get(path).status == 200
    assert ben.delete(made.headers["Location"]).status == 204
    assert ada.get(path).problem == (404, "not_found")
    assert ada.get(f"/api/documents/{attached['document_id']}").problem == (404, "not_found")


def test_a_stale_tag_changes_nothing(ben: Client, kind: str, body: Any) -> None:
    path = ben.post(f"/api/{kind}", body).headers["Location"]
    stale = {"if-match": '"9"'}
    for reply in (
        ben.put(path, body, headers=stale),
        ben.patch(path, {"description": "X"}, headers=stale),
        ben.delete(path, headers=stale),
    ):
        assert reply.problem == (412, "version_conflict")
    assert ben.get(path).json["version"] == 1
