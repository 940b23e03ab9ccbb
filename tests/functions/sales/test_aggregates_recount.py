"""Counting anew, while records go on changing"""

import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from crm.platform import ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import SYSTEM
from crm.platform.errors import NotFoundError
from crm.sales.deals.schemas import Deal
from crm.sales.reports.aggregates import generations
from crm.sales.reports.aggregates import recount as recounting
from crm.sales.reports.aggregates import service as sums
from crm.sales.reports.aggregates.contributions import of_activity, of_deal
from crm.tenancy.organizations.schemas import Organization
from tests.support.aggregates import (
    added,
    interrupted,
    new_activity,
    new_deal,
    rows,
    write,
    written,
)
from tests.support.client import function
from tests.support.crashes import crash_after
from tests.support.tables import items

pytestmark = pytest.mark.thorough

Write = tuple[Deal | None, Deal | None]


@pytest.fixture(autouse=True)
def _small_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounting, "PAGE", 2)
    monkeypatch.setattr(recounting, "GRACE_SECONDS", -1)


def new_organization() -> str:
    organization_id = ids.new_id()
    write(
        None,
        Organization.create(
            organization_id, "ada", id=organization_id, name="Brook", default_currency="USD"
        ),
    )
    return organization_id


def step(organization_id: str) -> None:
    """One step of a recount, maybe its first."""
    state = generations.read(organization_id)
    if state.kind is None:
        recounting._begun(organization_id, state)
    else:
        recounting._step(organization_id, state, time.monotonic() + 60)


def recount(organization_id: str) -> dict[str, Any]:
    return recounting.recount(organization_id, time.monotonic() + 60)


def current(organization_id: str) -> Any:
    return rows(organization_id, f"g{sums.generation(organization_id)}#")


def spoil(organization_id: str) -> None:
    """Add what nothing has added."""
    key = keys.aggregate(organization_id, "g1#board#pipeline#all", "stage#stage")
    SYSTEM.put(key, {"count": 77})


def test_what_was_wrong_is_right_afterwards() -> None:
    organization_id = new_organization()
    deals = [written(new_deal(organization_id, status=status)) for status in ("open", "won") * 3]
    task = written(new_activity(organization_id))
    spoil(organization_id)
    assert recount(organization_id) == {"done": True, "deals": 6, "activities": 1}
    assert current(organization_id) == added([*(of_deal(one) for one in deals), of_activity(task)])
    assert sums.generation(organization_id) == "2"


def test_nothing_is_left_of_the_old_generation() -> None:
    organization_id = new_organization()
    kept = [written(new_deal(organization_id)) for _ in range(3)]
    gone = written(new_deal(organization_id, assigned_to="ben"))
    written(None, gone)
    written(new_activity(organization_id))
    recount(organization_id)
    left = [
        (pk, sk)
        for pk, sk in items("bookkeeping")
        if "#SUMS#g1#" in pk or ("#SUMMED#" in pk and sk == "1")
    ]
    assert left == [(f"ORG#{organization_id}#SUMMED#DEAL#{gone.id}", "1")]
    written(kept[0].changed("ada", amount=None, weighted_amount=None), kept[0])
    assert "g1" not in str(rows(organization_id, ""))


def test_a_second_recount_is_as_good() -> None:
    organization_id = new_organization()
    deals = [written(new_deal(organization_id)) for _ in range(3)]
    for generation in ("2", "3", "4"):
        assert recount(organization_id)["done"]
        assert sums.generation(organization_id) == generation
        assert current(organization_id) == added(of_deal(one) for one in deals)


def test_a_recount_can_be_cut_off_at_any_commit() -> None:
    organization_id = new_organization()
    deals = [written(new_deal(organization_id)) for _ in range(3)]
    spoil(organization_id)
    crashes = 0
    while crashes == 0 or generations.read(organization_id).kind is not None:
        with crash_after(1) as crash:
            recount(organization_id)
        assert crash.happened
        crashes += 1
    assert crashes > 5
    assert current(organization_id) == added(of_deal(one) for one in deals)
    assert sums.generation(organization_id) == "2"


def test_it_stops_when_its_time_is_up_and_goes_on_later() -> None:
    organization_id = new_organization()
    written(new_deal(organization_id))
    begun = recounting.recount(organization_id, time.monotonic() - 1)
    assert begun == {"done": False, "deals": 0, "activities": 0}
    assert generations.read(organization_id).building == "2"
    assert recount(organization_id) == {"done": True, "deals": 1, "activities": 0}
    assert sums.generation(organization_id) == "2"


def test_the_old_rows_stay_while_somebody_may_be_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounting, "GRACE_SECONDS", 3600)
    organization_id = new_organization()
    deal = written(new_deal(organization_id))
    outcome = recounting.recount(organization_id, time.monotonic() + 2)
    assert outcome["done"] is False
    assert sums.generation(organization_id) == "2"
    assert rows(organization_id, "g1#") == rows(organization_id, "g2#") == of_deal(deal)


@pytest.mark.parametrize("at", [1, 3, 5, 8, 12, 16, 20, 25])
def test_two_recounts_at_once(at: int) -> None:
    organization_id = new_organization()
    deals = [written(new_deal(organization_id)) for _ in range(3)]
    with interrupted(at, lambda: recount(organization_id)):
        assert recount(organization_id)["done"]
    assert current(organization_id) == added(of_deal(one) for one in deals)


def changed(deal: Deal) -> Deal:
    return deal.changed("ada", stage_id="next", assigned_to="ben")


@pytest.mark.parametrize("at", range(1, 6))
@pytest.mark.parametrize("become", [changed, lambda _: None], ids=["changed", "deleted"])
@pytest.mark.parametrize("steps", [1, 99])
def test_a_recount_that_begins_while_a_worker_is_at_work(
    at: int, become: Callable[[Deal], Deal | None], steps: int
) -> None:
    """The worker may have read the generations before there was a second one."""
    organization_id = new_organization()
    old = written(new_deal(organization_id))
    new = become(old)
    write(old, new)

    def begin() -> None:
        step(organization_id)
        for _ in range(steps - 1):
            if generations.read(organization_id).kind is not None:
                step(organization_id)

    with interrupted(at, begin):
        sums.follow(old, new)
    sums.follow(None, old)
    if generations.read(organization_id).kind is not None:
        recount(organization_id)
    sums.follow(None, old)
    assert current(organization_id) == (of_deal(new) if new else {})


def test_stragglers_of_a_deleted_deal_stay_out() -> None:
    organization_id = new_organization()
    old = written(new_deal(organization_id))
    written(None, old)
    recount(organization_id)
    sums.follow(None, old)
    assert current(organization_id) == {}


class World:
    """Deals that change, and a stream that is late.

    Args:
        chance: what happens next.
    """

    def __init__(self, chance: random.Random) -> None:
        self.organization_id = new_organization()
        self.living: list[Deal] = []
        self._chance = chance
        self._waiting: list[Write] = []

    def write(self, what: str) -> None:
        change: Write = (None, new_deal(self.organization_id))
        if what != "make" and self.living:
            old = self.living.pop(self._chance.randrange(len(self.living)))
            change = (old, self._next(old, what))
        write(*change)
        self.living += [change[1]] if change[1] else []
        self._waiting.extend([change] * self._chance.randint(1, 2))

    def deliver(self) -> bool:
        """One event, any of those that are waiting; False if none is."""
        if not self._waiting:
            return False
        sums.follow(*self._waiting.pop(self._chance.randrange(len(self._waiting))))
        return True

    def meanwhile(self) -> None:
        for _ in range(self._chance.randint(0, 3)):
            if self._chance.random() < 0.5 or not self.deliver():
                step(self.organization_id)

    def _next(self, old: Deal, what: str) -> Deal | None:
        if what == "change":
            return old.changed("ada", stage_id=self._chance.choice("abc"))
        if what == "assign":
            return old.changed("ada", assigned_to=self._chance.choice(["ada", "ben"]))
        return None


WRITES = some.lists(some.sampled_from(["change", "assign", "delete", "make"]), max_size=6)


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(WRITES, some.randoms(use_true_random=False))
def test_events_may_arrive_in_the_middle_of_it(writes: list[str], chance: random.Random) -> None:
    """Writes, deliveries and steps of recounts in any order."""
    world = World(chance)
    for what in ["make", "make", *writes]:
        world.write(what)
        world.meanwhile()
    while world.deliver():
        world.meanwhile()
    while generations.read(world.organization_id).kind is not None:
        step(world.organization_id)
    assert current(world.organization_id) == added(of_deal(deal) for deal in world.living)


class Context:
    """A Lambda context."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def get_remaining_time_in_millis(self) -> int:
        return int(self._seconds * 1000)


def test_the_function_works_until_shortly_before_its_end() -> None:
    organization_id = new_organization()
    written(new_deal(organization_id))
    event = {"organization_id": organization_id}
    assert function("recount")(event, Context(30)) == {
        "done": False,
        "deals": 0,
        "activities": 0,
    }
    assert function("recount")(event, Context(90)) == {"done": True, "deals": 1, "activities": 0}


def test_an_unknown_organization_has_no_sums() -> None:
    with pytest.raises(NotFoundError):
        function("recount")({"organization_id": ids.new_id()}, Context(90))
    assert items("bookkeeping") == {}
