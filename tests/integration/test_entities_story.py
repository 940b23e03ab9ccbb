"""An account and its people as one story, over HTTP."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any

import httpx
import pytest

from local.process import StackProcess
from tests.support.integration.client import (
    Brook,
    Json,
    Person,
    good,
    made,
    new_id,
    refused,
    wait_until,
)

PATH = "/api/entities"
AT_ONCE = 20
VAT = {"type": "vat", "value": "DE 811 569 869"}


@dataclass(frozen=True)
class Account:
    """An account, and who looks after it."""

    ada: Person
    bea: Person
    id: str

    @property
    def path(self) -> str:
        return f"{PATH}/{self.id}"

    def add(self, collection: str, **body: Any) -> Json:
        return made(self.ada.post(f"{self.path}/{collection}", body))

    def detail(self) -> Json:
        return good(self.ada.get(self.path))


def new(person: Person, name: str, **fields: Any) -> str:
    return str(made(person.post(PATH, {"type": "account", "name": name, **fields}))["id"])


@pytest.fixture
def account(stack: StackProcess) -> Iterator[Account]:
    with Brook(stack) as brook:
        organization = brook.found("Acme")
        ada, bea = organization.founder, organization.join(name="Bea")
        yield Account(ada, bea, new(ada, "Northern Mills"))


def at_once(run: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    """So many requests in the same moment."""
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> httpx.Response:
        barrier.wait()
        return run(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_an_account_with_all_that_hangs_on_it(account: Account) -> None:
    people = [new(account.ada, name, type="contact") for name in ("Grace Hopper", "Alan Turing")]
    for person in people:
        account.add(
            "relationships", to_entity=person, relationship_type="employs", inverse_type="works at"
        )
    for kind in ("billing", "shipping", "office"):
        account.add(
            "addresses", kind=kind, line1="1 Main St", city="Kiel", country="DE", is_primary=True
        )
    for channel, value in (
        ("email", "Office@Northern-Mills.example.com"),
        ("phone", "+49 431 901-0"),
        ("fax", "0049 431 901-1"),
        ("website", "northern-mills.example.com"),
    ):
        account.add("contact-points", channel=channel, value=value, is_primary=True)
    account.add("identifiers", **VAT)

    whole = account.detail()
    assert [row["kind"] for row in whole["addresses"]] == ["billing", "shipping", "office"]
    assert [row["value"] for row in whole["contact_points"]] == [
        "Office@northern-mills.example.com",
        "+494319010",
        "+494319011",
        "https://northern-mills.example.com/",
    ]
    assert all(row["is_primary"] for row in (*whole["addresses"], *whole["contact_points"]))
    assert [row["other"]["name"] for row in whole["relationships"]] == [
        "Grace Hopper",
        "Alan Turing",
    ]
    for person in people:
        [row] = good(account.ada.get(f"{PATH}/{person}"))["relationships"]
        assert (row["direction"], row["inverse_type"]) == ("incoming", "works at")
        assert row["other"] == {"id": account.id, "type": "account", "name": "Northern Mills"}
    refused(account.bea.get(account.path), 403, "permission_denied")
    assert good(account.bea.get(PATH))["count"] == 0


@pytest.mark.parametrize(
    ("collection", "embedded", "body"),
    [
        (
            "contact-points",
            "contact_points",
            lambda n: {"channel": "email", "value": f"a{n}@example.com"},
        ),
        ("identifiers", "identifiers", lambda n: {"type": "duns", "value": f"{n}"}),
        (
            "addresses",
            "addresses",
            lambda n: {"kind": "home", "line1": f"{n}", "city": "X", "country": "DE"},
        ),
    ],
)
def test_of_20_requests_at_once_one_makes_the_primary_that_stands(
    account: Account, collection: str, embedded: str, body: Callable[[int], Json]
) -> None:
    parts = [account.add(collection, **body(n), is_primary=n == 0)["id"] for n in range(AT_ONCE)]
    path = f"{account.path}/{collection}"

    def switch(number: int) -> httpx.Response:
        return account.ada.patch(f"{path}/{parts[number]}", {"is_primary": True})

    answers = at_once(switch)
    # Who has to give up is told so, and may repeat; nothing else may happen.
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert any(answer.status_code == 200 for answer in answers)
    rows = account.detail()[embedded]
    assert len(rows) == AT_ONCE
    assert len([row for row in rows if row["is_primary"]]) == 1
    good(account.ada.patch(f"{path}/{parts[7]}", {"is_primary": True}))
    [primary] = [row for row in account.detail()[embedded] if row["is_primary"]]
    assert primary["id"] == parts[7]


def test_of_20_first_primaries_at_once_one_stands(account: Account) -> None:
    def add(number: int) -> httpx.Response:
        body = {"channel": "email", "value": f"b{number}@example.com", "is_primary": True}
        return account.ada.post(f"{account.path}/contact-points", body)

    answers = at_once(add)
    assert {answer.status_code for answer in answers} <= {201, 503}
    rows = account.detail()["contact_points"]
    assert len(rows) == sum(answer.status_code == 201 for answer in answers)
    assert len([row for row in rows if row["is_primary"]]) == 1


def test_one_vat_number_has_one_holder(account: Account) -> None:
    account.add("identifiers", **VAT)
    other = f"{PATH}/{new(account.ada, 'Other')}/identifiers"
    hidden = f"{PATH}/{new(account.bea, 'Theirs')}/identifiers"
    for spelling in ("DE811569869", "de-811.569.869"):
        body = {"type": "vat", "value": spelling}
        problem = refused(account.ada.post(other, body), 409, "duplicate")
        assert account.id in problem["detail"]
        problem = refused(account.bea.post(hidden, body), 409, "duplicate")
        assert account.id not in str(problem)
    body = {"type": "vat", "value": "811569869", "country": "DE"}
    refused(account.ada.post(other, body), 409, "duplicate")
    assert account.ada.delete(account.path).status_code == 204
    made(account.ada.post(other, body))


def test_of_20_who_ask_for_one_vat_number_one_gets_it(account: Account) -> None:
    holders = [new(account.ada, f"Holder {n}") for n in range(AT_ONCE)]
    answers = at_once(lambda n: account.ada.post(f"{PATH}/{holders[n]}/identifiers", VAT))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * (AT_ONCE - 1)]


def test_found_by_contact_point_at_once_and_by_name_soon(account: Account) -> None:
    account.add("contact-points", channel="phone", value="+49 431 901-0")
    for spelling in ("+494319010", "0049 (431) 9010"):
        assert account.ada.ids(PATH, contact_point=spelling) == [account.id]
        assert account.bea.ids(PATH, contact_point=spelling) == []
    wait_until(lambda: account.ada.ids(PATH, name="NORTHÉRN m"), lambda ids: ids == [account.id])
    assert account.bea.ids(PATH, name="northern") == []
    good(account.ada.patch(account.path, {"name": "Southern Mills"}))
    wait_until(lambda: account.ada.ids(PATH, name="southern"), lambda ids: ids == [account.id])
    assert account.ada.ids(PATH, name="northern") == []
    good(account.ada.patch(account.path, {"shared_with": [], "assigned_to": account.bea.id}))
    assert account.bea.ids(PATH, name="southern") == [account.id]


def test_history_arrives(account: Account) -> None:
    for n in range(5):
        good(account.ada.patch(account.path, {"note": f"Note {n}"}))
    rows = wait_until(
        lambda: good(account.ada.get(f"{account.path}/history"))["results"],
        lambda found: len(found) == 6,
    )
    assert [row["version"] for row in rows] == [6, 5, 4, 3, 2, 1]
    assert rows[0]["changes"] == [{"field": "note", "old": "Note 3", "new": "Note 4"}]
    refused(account.bea.get(f"{account.path}/history"), 403, "permission_denied")


def test_a_duplicate_is_merged(account: Account) -> None:
    other = new(account.ada, "NORTHERN  MILLS", legal_name="Northern Mills GmbH")
    third = new(account.ada, "Third")
    for one, value in ((account.id, "a@example.com"), (other, "b@example.com")):
        for each in (value, "both@example.com"):
            body = {"channel": "email", "value": each, "is_primary": True}
            made(account.ada.post(f"{PATH}/{one}/contact-points", body))
    made(account.ada.post(f"{PATH}/{other}/identifiers", VAT))
    body = {"to_entity": third, "relationship_type": "supplies"}
    made(account.ada.post(f"{PATH}/{other}/relationships", body))

    [hint] = good(account.ada.get(f"{account.path}/duplicates"))["results"]
    assert (hint["entity"]["id"], sorted(hint["reasons"])) == (other, ["email", "name"])

    merge = {"from": other}
    merged = good(account.ada.post(f"{account.path}/merge", merge))
    assert (merged["legal_name"], merged["version"]) == ("Northern Mills GmbH", 2)
    assert good(account.ada.post(f"{account.path}/merge", merge)) == merged
    refused(account.ada.get(f"{PATH}/{other}"), 404, "not_found")
    whole = account.detail()
    assert sorted(row["value"] for row in whole["contact_points"]) == [
        "a@example.com",
        "b@example.com",
        "both@example.com",
    ]
    assert len([row for row in whole["contact_points"] if row["is_primary"]]) == 1
    assert [row["other"]["id"] for row in whole["relationships"]] == [third]
    assert len(whole["identifiers"]) == 1
    assert account.ada.ids(PATH, contact_point="b@example.com") == [account.id]
    rows = wait_until(
        lambda: good(account.ada.get(f"{account.path}/history"))["results"],
        lambda found: len(found) == 2,
    )
    assert rows[0]["action"] == "merged"
    assert good(account.ada.get(f"{account.path}/duplicates"))["count"] == 0


def test_20_who_merge_at_once_merge_once(account: Account) -> None:
    other = new(account.ada, "Other")
    for n in range(10):
        body = {"channel": "email", "value": f"a{n}@example.com", "is_primary": True}
        made(account.ada.post(f"{PATH}/{other}/contact-points", body))
    answers = at_once(lambda _: account.ada.post(f"{account.path}/merge", {"from": other}))
    assert {answer.status_code for answer in answers} <= {200, 503}
    merged = good(account.ada.post(f"{account.path}/merge", {"from": other}))
    assert merged["version"] == 2
    rows = account.detail()["contact_points"]
    assert len(rows) == 10
    assert len([row for row in rows if row["is_primary"]]) == 1
    assert account.ada.ids(PATH) == [account.id]


def test_a_large_one_goes_in_full_while_the_stream_is_at_it_too(
    stack: StackProcess, account: Account
) -> None:
    """160 parts: more than a transaction holds. The stream sweeps while the request does."""
    third = new(account.ada, "Third")
    for n in range(60):
        account.add("contact-points", channel="email", value=f"a{n}@example.com")
        account.add("identifiers", type="duns", value=f"{n}")
    for n in range(40):
        account.add("relationships", to_entity=third, relationship_type=f"type {n}")
    assert held(stack, account, account.id) > 160
    assert account.ada.delete(account.path).status_code == 204
    refused(account.ada.get(account.path), 404, "not_found")
    assert held(stack, account, account.id) == 0
    assert held(stack, account, third) == 1
    assert good(account.ada.get(f"{PATH}/{third}"))["relationships"] == []
    assert good(account.ada.get(f"{PATH}/{third}/relationships"))["count"] == 0
    for n in (0, 59):
        assert account.ada.ids(PATH, contact_point=f"a{n}@example.com") == []
        made(account.ada.post(f"{PATH}/{third}/identifiers", {"type": "duns", "value": f"{n}"}))


def held(stack: StackProcess, account: Account, entity_id: str) -> int:
    """Return the number of items in an entity's partition."""
    found = stack.client("dynamodb").query(
        TableName=stack.outputs["RecordsTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={
            ":pk": {"S": f"ORG#{account.ada.organization_id}#ENTITY#{entity_id}"}
        },
        Select="COUNT",
        ConsistentRead=True,
    )
    return int(found["Count"])


def test_a_merge_needs_both(account: Account) -> None:
    theirs = new(account.bea, "Theirs")
    for into, other in ((theirs, account.id), (account.id, theirs)):
        answer = account.bea.post(f"{PATH}/{into}/merge", {"from": other})
        refused(answer, 403, "permission_denied")
    for wrong in (theirs, new_id()):
        answer = account.bea.post(f"{PATH}/{theirs}/merge", {"from": wrong})
        refused(answer, 422, "validation_failed")
