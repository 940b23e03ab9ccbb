"""Deals on their way through a pipeline, over HTTP, also by many at once."""

import itertools
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from local.process import StackProcess
from tests.support.integration.client import Brook, Json, Person, good, made, refused, wait_until

PATH = "/api/deals"
DEALS, MOVES, AT_ONCE = 20, 200, 20
SEED = 20261121


@dataclass(frozen=True)
class Sales:
    """An organization that sells: its admin, a member, its pipeline, an account."""

    brook: Brook
    ada: Person
    bea: Person
    pipeline: Json
    account: str

    @property
    def stages(self) -> dict[str, str]:
        return {stage["name"]: stage["id"] for stage in self.pipeline["stages"]}

    def deal(self, name: str, **fields: Any) -> Json:
        body = {"name": name, "entity_id": self.account, **fields}
        return made(self.ada.post(PATH, body))

    def move(self, one: Json, stage: str, **fields: Any) -> Any:
        body = {"stage_id": self.stages[stage], **fields}
        return self.ada.post(f"{PATH}/{one['id']}/move", body)

    def read(self, one: Json) -> Json:
        return good(self.ada.get(f"{PATH}/{one['id']}"))

    def stays(self, one: Json) -> list[Json]:
        path = f"{PATH}/{one['id']}/stage-history"
        return [row for page in self.ada.pages(path, limit=100) for row in page["results"]]

    def notes(self, one: Json) -> list[str]:
        about = {"related_to_type": "deal", "related_to_id": one["id"], "type": "note"}
        walk = self.ada.pages("/api/activities", limit=100, **about)
        return [row["subject"] for page in walk for row in page["results"]][::-1]

    def board(self, person: Person | None = None, **params: Any) -> Json:
        path = f"/api/pipelines/{self.pipeline['id']}/board"
        return good((person or self.ada).get(path, **params))


@pytest.fixture
def sales(stack: StackProcess) -> Iterator[Sales]:
    with Brook(stack) as brook:
        organization = brook.found("Acme")
        ada, bea = organization.founder, organization.join(name="Bea")
        [pipeline] = good(ada.get("/api/pipelines"))["results"]
        account = made(ada.post("/api/entities", {"type": "account", "name": "Northern Mills"}))
        yield Sales(brook, ada, bea, pipeline, account["id"])


def test_a_new_organization_has_a_pipeline(sales: Sales) -> None:
    assert sales.pipeline["name"] == "Sales Pipeline"
    assert [
        (stage["name"], stage["probability"], stage["status"]) for stage in sales.pipeline["stages"]
    ] == [
        ("Lead", 10, "open"),
        ("Qualified", 25, "open"),
        ("Proposal", 50, "open"),
        ("Negotiation", 75, "open"),
        ("Won", 100, "closed_won"),
        ("Lost", 0, "closed_lost"),
    ]


def test_a_life_from_lead_to_won_reopened_and_lost(sales: Sales) -> None:
    one = sales.deal("Mill", amount=1250.5, expected_close_date="2026-12-31")
    assert (one["status"], one["probability"], one["weighted_amount"]) == ("open", 10, "125.05")
    for stage in ("Qualified", "Proposal", "Negotiation"):
        assert good(sales.move(one, stage))["closed_on"] is None
    won = good(sales.move(one, "Won", note="They signed."))
    assert (won["status"], won["probability"], won["weighted_amount"]) == ("won", 100, "1250.50")
    assert won["closed_on"] is not None
    refused(sales.move(one, "Lost"), 409, "invalid_stage_transition")
    refused(
        sales.ada.patch(f"{PATH}/{one['id']}", {"stage_id": sales.stages["Lost"]}),
        409,
        "invalid_stage_transition",
    )
    reopened = good(
        sales.ada.patch(f"{PATH}/{one['id']}", {"stage_id": sales.stages["Negotiation"]})
    )
    assert (reopened["status"], reopened["closed_on"]) == ("open", None)
    lost = good(sales.move(one, "Lost"))
    assert (lost["status"], lost["weighted_amount"]) == ("lost", "0.00")
    assert good(sales.move(one, "Lost")) == lost
    names = ["Lead", "Qualified", "Proposal", "Negotiation", "Won", "Negotiation", "Lost"]
    rows = sales.stays(one)
    assert [row["stage_name"] for row in rows] == names
    assert [row["left_on"] for row in rows] == [*(row["entered_on"] for row in rows[1:]), None]
    assert sales.notes(one) == [
        f"Deal moved: {old} → {new}" for old, new in itertools.pairwise(names)
    ]
    history = wait_until(
        lambda: good(sales.ada.get(f"{PATH}/{one['id']}/history"))["results"],
        lambda found: len(found) == 7,
    )
    assert [row["version"] for row in history] == [7, 6, 5, 4, 3, 2, 1]


def test_one_that_begins_won(sales: Sales) -> None:
    one = sales.deal("Quick", amount="10", stage_id=sales.stages["Won"])
    assert (one["status"], one["closed_on"]) == ("won", one["created_on"])
    assert [row["stage_name"] for row in sales.stays(one)] == ["Won"]
    assert sales.notes(one) == []


def test_200_moves_of_20_deals_at_once(sales: Sales) -> None:
    """Each deal's history is a path that the rule allows; nothing is doubled, nothing is lost."""
    chance = random.Random(SEED)  # noqa: S311
    deals = [
        sales.deal(
            f"Deal {n}",
            amount=f"{chance.randrange(10**6)}.{chance.randrange(100):02}",
            currency=chance.choice(["USD", "EUR"]),
            assigned_to=chance.choice([sales.ada.id, sales.bea.id]),
        )
        for n in range(DEALS)
    ]
    wanted = [(chance.choice(deals), chance.choice(list(sales.stages))) for _ in range(MOVES)]
    with ThreadPoolExecutor(AT_ONCE) as people:
        answers = list(people.map(lambda one: sales.move(*one), wanted))
    for answer in answers:
        assert answer.status_code in {200, 409, 503}, answer.text
        if answer.status_code == 409:
            assert answer.json()["code"] == "invalid_stage_transition"
    status = {stage["name"]: stage["status"] for stage in sales.pipeline["stages"]}
    moved = 0
    for one in deals:
        now, rows = sales.read(one), sales.stays(one)
        path = [row["stage_name"] for row in rows]
        moved += len(path) - 1
        assert path[0] == "Lead"
        for old, new in itertools.pairwise(path):
            assert old != new
            assert "open" in {status[old], status[new]}
        assert sales.stages[path[-1]] == now["stage_id"]
        assert now["version"] == len(path)
        assert [row["left_on"] for row in rows] == [*(row["entered_on"] for row in rows[1:]), None]
        assert sales.notes(one) == [
            f"Deal moved: {old} → {new}" for old, new in itertools.pairwise(path)
        ]
    assert moved > MOVES / 4
    for person in (sales.ada, sales.bea):
        mine = [one for one in map(sales.read, deals) if one["assigned_to"] == person.id]
        agrees(sales, person, mine, scope="mine")
    agrees(sales, sales.ada, [sales.read(one) for one in deals], scope="organization")


def agrees(sales: Sales, person: Person, deals: list[Json], **params: str) -> None:
    """The board comes to be what a recount of the deals says."""
    expected = {name: summed(deals, stage_id) for name, stage_id in sales.stages.items()}

    def shown() -> dict[str, Json]:
        board = sales.board(person, limit=1, **params)
        assert board["scope"] == params["scope"]
        return {
            one["stage"]["name"]: {
                name: one[name] for name in ("count", "amount", "weighted_amount")
            }
            for one in board["stages"]
        }

    wait_until(shown, lambda found: found == expected, 30)


def summed(deals: list[Json], stage_id: str) -> Json:
    inside = [one for one in deals if one["stage_id"] == stage_id]

    def total(name: str) -> dict[str, str]:
        sums: dict[str, Decimal] = {}
        for one in inside:
            before = sums.get(one["currency"], Decimal())
            sums[one["currency"]] = before + Decimal(one[name])
        return {currency: f"{amount:.2f}" for currency, amount in sorted(sums.items()) if amount}

    return {
        "count": len(inside),
        "amount": total("amount"),
        "weighted_amount": total("weighted_amount"),
    }


def test_a_changed_probability_reaches_deals_and_board(sales: Sales) -> None:
    one = sales.deal("Mill", amount="100")
    path = f"/api/pipelines/{sales.pipeline['id']}/stages/{sales.stages['Lead']}"
    good(sales.ada.patch(path, {"probability": 35}))
    wait_until(lambda: sales.read(one)["weighted_amount"], lambda found: found == "35.00")
    wait_until(
        lambda: sales.board()["stages"][0]["weighted_amount"],
        lambda found: found == {"USD": "35.00"},
    )


def test_a_stage_is_emptied_while_others_move_deals_into_it(sales: Sales) -> None:
    deals = [sales.deal(f"Deal {n}") for n in range(15)]
    late = [sales.deal(f"Late {n}", stage_id=sales.stages["Qualified"]) for n in range(10)]
    path = f"/api/pipelines/{sales.pipeline['id']}/stages/{sales.stages['Lead']}"
    with ThreadPoolExecutor(11) as people:
        moves = [people.submit(sales.move, one, "Lead") for one in late]
        gone = people.submit(sales.ada.delete, f"{path}?move_deals_to={sales.stages['Proposal']}")
    assert {one.result().status_code for one in moves} <= {200, 409, 503}
    if gone.result().status_code != 204:
        assert gone.result().status_code == 503, gone.result().text
        assert sales.ada.delete(f"{path}?move_deals_to={sales.stages['Proposal']}").status_code in {
            204
        }
    refused(sales.ada.get(path), 404, "not_found")
    assert {sales.read(one)["stage_id"] for one in deals} == {sales.stages["Proposal"]}
    assert {sales.read(one)["stage_id"] for one in late} <= {
        sales.stages["Proposal"],
        sales.stages["Qualified"],
    }


def test_an_entity_and_its_first_deal_at_once(sales: Sales) -> None:
    """Either the entity goes and the deal is refused, or the deal is made and the entity stays."""
    for n in range(10):
        entity = made(sales.ada.post("/api/entities", {"type": "account", "name": f"Account {n}"}))
        with ThreadPoolExecutor(2) as people:
            deal = people.submit(sales.ada.post, PATH, {"name": "Deal", "entity_id": entity["id"]})
            gone = people.submit(sales.ada.delete, f"/api/entities/{entity['id']}")
        outcome = (deal.result().status_code, gone.result().status_code)
        assert outcome in {(201, 409), (422, 204)}
        assert sales.ada.get(f"/api/entities/{entity['id']}").status_code == (
            200 if outcome == (201, 409) else 404
        )


def test_a_deal_goes_with_all_that_hangs_on_it(sales: Sales) -> None:
    one = sales.deal("Mill")
    about = {"related_to_type": "deal", "related_to_id": one["id"]}
    file = {"name": "offer.pdf", "content_type": "application/pdf", "size": 10}
    for n in range(30):
        made(sales.ada.post("/api/activities", {"type": "note", "subject": f"{n}", **about}))
    attached = made(sales.ada.post("/api/attachments", {"file": file, **about}))
    assert sales.ada.delete(f"{PATH}/{one['id']}").status_code == 204
    assert good(sales.ada.get("/api/activities"))["count"] == 0
    refused(sales.ada.get(f"/api/attachments/{attached['id']}"), 404, "not_found")
    refused(sales.ada.get(f"/api/documents/{attached['document_id']}"), 404, "not_found")
    wait_until(
        lambda: [stage["count"] for stage in sales.board()["stages"]],
        lambda counts: counts == [0] * 6,
    )
