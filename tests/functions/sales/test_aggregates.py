"""Sums: exact, whatever the stream does on the way"""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from crm.platform import ids, money
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import UnavailableError
from crm.sales.deals.schemas import Deal, StoredStageHistoryEntry
from crm.sales.reports.aggregates import service as sums
from crm.sales.reports.aggregates.contributions import CONTRIBUTIONS, of_deal
from crm.sales.reports.aggregates.facts import facts_of, facts_of_stay
from tests.support.aggregates import added, interrupted, new_activity, new_deal, rows, write
from tests.support.client import Client
from tests.support.cloud import Cloud
from tests.support.crashes import after_each_commit, crash_after
from tests.support.stream import project, stream_record
from tests.support.tables import items

pytestmark = pytest.mark.thorough

STAGES = {"s1": "open", "s2": "open", "s3": "won", "s4": "lost"}
Event = tuple[Deal | None, Deal | None]

STEPS = some.one_of(
    some.tuples(some.just("stage_id"), some.sampled_from(sorted(STAGES))),
    some.tuples(some.just("assigned_to"), some.sampled_from(["ada", "ben"])),
    some.tuples(some.just("amount"), some.sampled_from([None, "0.00", "12.34", "500.00"])),
    some.tuples(some.just("currency"), some.sampled_from(["USD", "EUR"])),
    some.tuples(some.just("expected_close_date"), some.sampled_from([None, "2026-12-01"])),
    some.tuples(some.just("name"), some.sampled_from(["One", "Other"])),
)
LIVES = some.tuples(some.lists(STEPS, max_size=5), some.booleans())
CHAOS = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def stepped(old: Deal, field: str, value: Any, hour: int) -> Deal:
    """The next version of a deal, `hour` hours of the day on."""
    now = f"2026-11-03T{hour:02}:00:00.000Z"
    new = old.changed("ada", **{field: value})
    if field == "stage_id" and value != old.stage_id:
        closed = now if STAGES[value] != "open" else None
        moved = {"status": STAGES[value], "stage_entered_on": now, "closed_on": closed}
        new = new.model_copy(update=moved)
    amount = new.amount
    weighted = None if amount is None else money.weighted(amount, 50, new.currency)
    return new.model_copy(update={"weighted_amount": weighted})


def lived(organization_id: str, steps: list[tuple[str, Any]], deleted: bool) -> list[Event]:
    """All that the stream tells of a deal."""
    deal = new_deal(organization_id, stage_id="s1", stage_entered_on="2026-11-03T00:00:00.000Z")
    deal = deal.model_copy(update={"created_on": deal.stage_entered_on})
    events: list[Event] = [(None, deal)]
    for hour, (field, value) in enumerate(steps, start=1):
        new = stepped(deal, field, value, hour)
        events.append((deal, new))
        deal = new
    return [*events, (deal, None)] if deleted else events


@CHAOS
@given(some.lists(LIVES, min_size=1, max_size=3), some.randoms(use_true_random=False))
def test_sums_are_what_a_recount_would_find(
    lives: list[tuple[list[tuple[str, Any]], bool]], chance: random.Random
) -> None:
    """Repeated, late and reordered stream records."""
    organization_id = ids.new_id()
    told = [lived(organization_id, *life) for life in lives]
    events = [event for one in told for event in one]
    deliveries = [event for event in events for _ in range(chance.randint(1, 3))]
    chance.shuffle(deliveries)
    size = chance.choice([1, 2, len(deliveries)])
    for start in range(0, len(deliveries), size):
        together(deliveries[start : start + size])
    last = [one[-1][1] for one in told]
    assert rows(organization_id) == added(of_deal(deal) for deal in last if deal)
    assert rows(organization_id, "velocity") == added(
        {(name.removeprefix("velocity"), row): numbers for (name, row), numbers in facts.items()}
        for facts in (facts_of(*event) for event in events)
    )


def together(events: list[Event]) -> None:
    """Let the sums follow what comes in one batch."""
    steps = [sums.step_of(*event) for event in events]
    sums.follow_all([step for step in steps if step])


def test_nothing_is_written_for_what_is_repeated() -> None:
    organization_id = ids.new_id()
    events = lived(organization_id, [("stage_id", "s2"), ("amount", "1.00")], False)
    for event in events:
        sums.follow(*event)
    before = items("bookkeeping")
    for event in [*events, *reversed(events)]:
        sums.follow(*event)
    together([*events, *reversed(events)])
    assert items("bookkeeping") == before


@pytest.mark.parametrize(("people", "commits"), [(1, 1), (25, 2)])
def test_a_batch_is_counted_in_as_few_transactions_as_hold_it(people: int, commits: int) -> None:
    """Each deal is remembered, with its move; each owner has rows."""
    organization_id = ids.new_id()
    deals = [new_deal(organization_id, assigned_to=f"u{n % people}") for n in range(25)]
    made: list[None] = []
    with after_each_commit(lambda: made.append(None)):
        together([(None, one) for one in deals])
    assert len(made) == commits
    assert rows(organization_id) == added(map(of_deal, deals))
    assert rows(organization_id, "velocity") == added(
        {(name.removeprefix("velocity"), row): numbers for (name, row), numbers in facts.items()}
        for facts in (facts_of(None, one) for one in deals)
    )


def test_one_that_cannot_be_counted_does_not_keep_others_from_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization_id = ids.new_id()
    deals = [new_deal(organization_id, name=name) for name in ("Poison", "Fine", "Well")]
    for one in deals:
        write(None, one)

    def exploding(one: Deal) -> Any:
        if one.name == "Poison":
            raise ValueError
        return of_deal(one)

    monkeypatch.setitem(CONTRIBUTIONS, Deal.KIND, exploding)
    told = items()
    project([stream_record(None, told[one.key.pk, one.key.sk]) for one in deals])
    assert rows(organization_id) == added(map(of_deal, deals[1:]))
    [letter] = cloud.dead_letters()
    assert deals[0].id in letter


def a_move(organization_id: str) -> list[Event]:
    return lived(organization_id, [("stage_id", "s2")], False)


def test_a_worker_that_dies_after_its_commit_counts_nothing_twice() -> None:
    organization_id = ids.new_id()
    events = a_move(organization_id)
    sums.follow(*events[0])
    with crash_after(1) as crash:
        sums.follow(*events[1])
    assert crash.happened
    sums.follow(*events[1])
    require_exact(organization_id, events)


def require_exact(organization_id: str, events: list[Event]) -> None:
    last = events[-1][1]
    assert rows(organization_id) == added([of_deal(last)] if last else [])
    assert rows(organization_id, "") == {
        **{(f"g1#{name}", row): one for (name, row), one in rows(organization_id).items()},
        **added(facts_of(*event) for event in events),
    }


@pytest.mark.parametrize("at", range(1, 5))
@pytest.mark.parametrize(
    "others",
    [(1,), (2,), (2, 0)],
    ids=["the same", "a later one", "later and earlier ones"],
)
def test_workers_that_meet_lose_and_double_nothing(at: int, others: tuple[int, ...]) -> None:
    """Another worker comes in between, at any point of the first one's work."""
    organization_id = ids.new_id()
    events = lived(organization_id, [("stage_id", "s2"), ("stage_id", "s3")], False)
    sums.follow(*events[0])

    def meanwhile() -> None:
        for other in others:
            sums.follow(*events[other])

    with interrupted(at, meanwhile) as asked:
        sums.follow(*events[1])
    assert asked["times"] >= at
    sums.follow(*events[2])
    require_exact(organization_id, events)


@pytest.mark.parametrize("at", range(1, 4))
def test_of_what_comes_late_to_two_workers_the_facts_count_once(at: int) -> None:
    """Nothing of its state is written any more that the two could meet at."""
    organization_id = ids.new_id()
    events = lived(organization_id, [("stage_id", "s2"), ("stage_id", "s3")], False)
    sums.follow(*events[0])
    sums.follow(*events[2])
    with interrupted(at, lambda: sums.follow(*events[1])) as asked:
        sums.follow(*events[1])
    assert asked["times"] >= at
    require_exact(organization_id, events)


def test_a_stay_of_an_archive_counts_once() -> None:
    """A piece that was taken in by half is taken in again."""
    organization_id = ids.new_id()
    deal = new_deal(organization_id, stage_id="s2", stage_entered_on="2026-11-03T01:00:00.000Z")
    stay = StoredStageHistoryEntry(
        id=ids.new_id(),
        stage_id="s1",
        stage_name="One",
        entered_on="2026-11-03T00:00:00.000Z",
        left_on="2026-11-03T01:00:00.000Z",
        seconds=3600,
        entered_by="ada",
    )
    for _ in range(2):
        sums.restore_stage_history(deal, stay)
    assert rows(organization_id, "") == added([facts_of_stay(deal, stay)])


def test_who_is_always_too_late_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Transaction) -> None:
        raise StaleReadError

    monkeypatch.setattr(Transaction, "commit", refuse)
    monkeypatch.setattr("crm.sales.reports.aggregates.counters.time.sleep", lambda _: None)
    with pytest.raises(UnavailableError):
        sums.follow(None, new_deal(ids.new_id()))


def test_what_is_counted_of_the_deleted_expires() -> None:
    organization_id = ids.new_id()
    deal = new_deal(organization_id)
    sums.follow(None, deal)
    place = (f"ORG#{organization_id}#SUMMED#DEAL#{deal.id}", "1")
    assert "expires_on" not in items("bookkeeping")[place]
    sums.follow(deal, None)
    remembered = items("bookkeeping")[place]
    assert "expires_on" in remembered
    assert remembered["version"] == {"N": "2"}
    assert rows(organization_id) == {}


def test_activities_are_followed_too() -> None:
    organization_id = ids.new_id()
    task = new_activity(organization_id)
    done = task.changed("ada", completed_on="2026-11-05T00:00:00.000Z", assigned_to="ben")
    sums.follow(task, done)
    sums.follow(None, task)
    day = task.created_on[:10]
    assert rows(organization_id) == {
        (f"activities#{group}", row): numbers
        for group in ("all", "user#ben")
        for row, numbers in {day: {"task": 1}, "2026-11-05": {"completed": 1}}.items()
    }


def test_organizations_share_no_sums(ada: Client, eve: Client) -> None:
    for client in (ada, eve):
        sums.follow(None, new_deal(str(client.organization_id)))
    for client in (ada, eve):
        board = rows(str(client.organization_id))
        assert board["board#pipeline#all", "stage#stage"]["count"] == 1


def test_the_stream_sets_it_going() -> None:
    organization_id = ids.new_id()
    deal = new_deal(organization_id)
    write(None, deal)
    key = (deal.key.pk, deal.key.sk)
    project([stream_record(None, items()[key])] * 2)
    assert rows(organization_id) == of_deal(deal)
    assert rows(organization_id, "velocity")
