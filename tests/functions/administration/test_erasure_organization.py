"""Erasure of an organization: complete after any interruption, and nothing of others."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from crm.administration.erasure import batches, organization, queue
from crm.administration.erasure.batches import Deadline, TimeIsUpError
from crm.platform import clock, config, ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.table import SYSTEM, Table
from crm.records.history import service as history
from crm.sales.leads.schemas import Lead
from crm.sales.reports.aggregates import counters
from crm.tenancy import tombstones
from crm.workflows.engine import schedules
from tests.functions.generated import worlds
from tests.functions.generated.worlds import Organization, World
from tests.support import archives, deals, entities, leads, related, rules, tables
from tests.support.client import Client, function
from tests.support.cloud import BUCKET, Cloud, client
from tests.support.forms import stored
from tests.support.rules import automate
from tests.support.stream import StreamRecord, project, recorded, stream_record
from tests.support.tables import WRITES, Snapshot

pytestmark = pytest.mark.thorough


NOTE = {"type": "create_activity", "activity_type": "note", "subject": "Call {{record.last_name}}"}
PUT_OFF = {**NOTE, "delay": {"days": 3}}


@pytest.fixture(autouse=True)
def surroundings(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """Alarm clocks that somebody has called off."""
    called_off: list[tuple[Any, ...]] = []
    monkeypatch.setenv("DELIVERIES_QUEUE_URL", cloud.dead_letters_url)
    monkeypatch.setattr(schedules, "set_off", lambda *_: None)
    monkeypatch.setattr(schedules, "call_off", lambda *given: called_off.append(given))
    return called_off


def message(organization_id: str | None) -> dict[str, Any]:
    return {"kind": "organization", "organization_id": organization_id}


def delete(who: Client, cloud: Cloud) -> None:
    """Delete an organization; its message is left to the test."""
    assert who.delete(f"/api/organizations/{who.organization_id}").status == 204
    assert len(cloud.erasing_events()) == 1  # Nobody sees it again for half a minute.


def erase(cloud: Cloud, organization_id: str) -> None:
    """Work at it until the pass is over."""
    before = passes(organization_id)
    organization.run(message(organization_id))
    for _ in range(1000):
        if passes(organization_id) > before:
            return
        for event in cloud.erasing_events():
            function("erasure_worker")(event, None)
    raise AssertionError("it does not end")


def passes(organization_id: str) -> int:
    stone = tombstones.find(organization_id)
    assert stone is not None
    return stone.passes


@contextmanager
def later(seconds: float) -> Iterator[None]:
    moment = clock.now() + timedelta(seconds=seconds)
    with patch.object(clock, "now", lambda: moment):
        yield


def left(organization_id: str, word: str = "") -> dict[str, list[tuple[str, str]]]:
    """The keys of what is still there of an organization, by table."""
    return {
        name: [
            key
            for key, item in items.items()
            if organization_id in str(item) or (word and word in str(item))
        ]
        for name, items in tables.snapshot().items()
    }


def of_others(found: Snapshot, gone: Organization) -> Snapshot:
    """Return the items that belong neither to an organization nor to its users."""
    people = {gone.admin.user_id, gone.member.user_id}
    return {
        name: {
            key: item
            for key, item in items.items()
            if gone.id not in str(item) and not any(one in key[0] for one in people)
        }
        for name, items in found.items()
    }


@pytest.fixture
def world(cloud: Cloud) -> World:
    return worlds.build(cloud)


def test_all_is_erased_and_the_neighbour_stays(world: World, cloud: Cloud) -> None:
    gone, stays = world.ours, world.theirs
    before = of_others(tables.snapshot(), gone)
    objects = cloud.versions()
    assert any(gone.id in one for one in objects)
    begun = client("s3").create_multipart_upload(Bucket=BUCKET, Key=f"exports/{gone.id}/x/y")
    assert begun["UploadId"]
    with recorded() as told:
        delete(gone.admin, cloud)
        erase(cloud, gone.id)
    assert left(gone.id, gone.word)[config.records_table()] == []
    assert cloud.versions() == [one for one in objects if gone.id not in one]
    project(told)
    for number, seconds in ((2, organization.PASSES[1]), (3, organization.PASSES[2])):
        with later(seconds + 1):
            erase(cloud, gone.id)
            assert passes(gone.id) == number
    assert left(gone.id, gone.word) == {
        config.records_table(): [],
        config.bookkeeping_table(): [("ERASED", gone.id)],
    }
    assert tombstones.find(gone.id).done_on is not None  # type: ignore[union-attr]
    assert of_others(tables.snapshot(), gone) == before
    assert stays.admin.get(f"/api/organizations/{stays.id}").status == 200
    kept = [key[0] for key in tables.items() if key[0].startswith("USER#") and key[1] == "#"]
    assert f"USER#{world.both.user_id}" in kept, "Wanda is in both"
    assert len(kept) == 3
    users = client("cognito-idp").list_users(UserPoolId=cloud.user_pool_id)["Users"]
    addresses = {
        one["Value"] for user in users for one in user["Attributes"] if one["Name"] == "email"
    }
    assert addresses == {"theirs@example.com", "member.theirs@example.com", "walker@example.com"}


def test_an_organization_with_a_past(
    ada: Client,
    ben: Client,
    cleo: Client,
    team: str,
    root: Client,
    cloud: Cloud,
    surroundings: list[tuple[Any, ...]],
) -> None:
    """Merged, converted, moved, deleted, put off: whatever leaves traces that nothing leads to."""
    made = archives.build(ada, ben, cleo, team)
    put_off = rules.rule(ada, PUT_OFF, record_type="lead")
    with recorded() as told:
        gone = leads.lead(ben, "Gone", last_name="Gonemarker")
        followed = leads.lead(ben, "Followed", last_name="Followedmarker")
    project(told)
    automate(told)
    with recorded() as told:
        assert ben.delete(f"/api/leads/{gone['id']}").status == 204
        assert ada.delete(f"/api/workflow-rules/{made['off']['id']}").status == 204
        assert ada.delete(f"/api/members/{cleo.user_id}").status == 204
    project(told)
    assert surroundings == []
    body = {"last_name": "Byrootmarker"}
    key = {"idempotency-key": "marker"}
    assert root.post("/api/leads", body, headers=key).status == 201
    assert root.post("/api/exports", {"record_type": "lead", "format": "csv"}).status == 201
    with recorded() as told:
        delete(ada, cloud)
        erase(cloud, str(ada.organization_id))
    project(told)
    assert len(surroundings) == 2, "of the lead that went, and of the one that did not"
    assert put_off["id"] != followed["id"]
    for seconds in organization.PASSES[1:]:
        with later(seconds + 1):
            erase(cloud, str(ada.organization_id))
    assert left(str(ada.organization_id), "marker") == {
        config.records_table(): [],
        config.bookkeeping_table(): [("ERASED", ada.organization_id)],
    }
    assert cloud.versions() == []


STRIDE = 3
"""Additional writes of each process compared with the one before."""


class Killed(BaseException):
    """The end of a process."""


@contextmanager
def killed_after(writes: int) -> Iterator[list[int]]:
    """Let so many writes of single items, or of batches, be made, and die."""
    done: list[int] = []
    real = {name: getattr(Table, name) for name in WRITES}

    def dying(name: str) -> Callable[..., Any]:
        def write(*arguments: Any, **options: Any) -> Any:
            if len(done) >= writes:
                raise Killed
            done.append(1)
            return real[name](*arguments, **options)

        return write

    with ExitStack() as held:
        for name in real:
            held.enter_context(patch.object(Table, name, dying(name)))
        try:
            yield done
        except Killed:
            return


def some(ada: Client, ben: Client) -> None:
    """A few records that hang on each other, a file, a rule and what it has done."""
    rules.rule(ada, {**NOTE, "subject": "Made"}, PUT_OFF, record_type="lead")
    with recorded() as told:
        acme, other = (entities.entity(ada, name, assigned_to=ben.user_id) for name in "AB")
        entities.contact_point(ada, acme, is_primary=True)
        entities.related(ada, acme, other)
        deal = deals.deal(ada, "Big", entity_id=acme["id"])
        related.about(ada, "deal", deal, {"type": "note", "subject": "On it"})
        plan = stored(ada, "Plan").rpartition("/")[2]
        related.attach(ada, "deal", deal, document_id=plan, file=None)
        leads.lead(ben, "Hopper")
    rules.run_out(told)


def test_cut_off_anywhere_it_goes_on(ada: Client, ben: Client, eve: Client, cloud: Cloud) -> None:
    """It dies again and again, each time a few writes later; the stream is told in the end."""
    organization_id = str(ada.organization_id)
    some(ada, ben)
    others = left(str(eve.organization_id))
    with recorded() as told:
        delete(ada, cloud)
        deaths = 0
        for number in range(1, 300, STRIDE):
            with later(2 * number * queue.WORKER_SECONDS), killed_after(number) as done:
                organization.run(message(organization_id))
            if len(done) < number or passes(organization_id):
                break
            deaths += 1
        assert deaths > 5
    project(told)
    assert passes(organization_id) == 1
    for number in (1, 2):
        with later(number * organization.PASSES[2]):
            erase(cloud, organization_id)
    assert left(organization_id) == {
        config.records_table(): [],
        config.bookkeeping_table(): [("ERASED", organization_id)],
    }
    assert left(str(eve.organization_id)) == others


def test_it_works_for_a_while_and_asks_to_be_called_again(
    ada: Client, ben: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is one thing here, and time is up soon: each call gets some pages further."""
    some(ada, ben)
    organization_id = str(ada.organization_id)
    checks: list[int] = []

    def check(_: object) -> None:
        checks.append(1)
        if len(checks) % 7 == 0:
            raise TimeIsUpError

    monkeypatch.setattr(Deadline, "check", check)
    monkeypatch.setattr(batches, "PAGE", 1)
    delete(ada, cloud)
    organization.run(message(organization_id))
    calls = 1
    while passes(organization_id) == 0:
        [event] = cloud.erasing_events()
        function("erasure_worker")(event, None)
        calls += 1
    assert calls > 3
    assert left(organization_id)[config.records_table()] == []


def test_one_worker_at_a_time(ada: Client, cloud: Cloud) -> None:
    delete(ada, cloud)
    told = message(ada.organization_id)
    assert [queue.take(told) for _ in range(2)] == [True, False]
    organization.run(told)
    assert passes(str(ada.organization_id)) == 0, "somebody else is at it"
    with later(queue.WORKER_SECONDS + 1):
        queue.send_due()
        [event] = cloud.erasing_events()
        function("erasure_worker")(event, None)
    assert passes(str(ada.organization_id)) == 1


def test_the_clock_begins_the_next_pass(ada: Client, cloud: Cloud) -> None:
    delete(ada, cloud)
    organization_id = str(ada.organization_id)
    erase(cloud, organization_id)
    for number, seconds in enumerate(organization.PASSES[1:], 1):
        with later(seconds - 60):
            organization.run(message(organization_id))
            queue.send_due()
            assert (passes(organization_id), cloud.erasing_events()) == (number, [])
        with later(seconds + 1):
            queue.send_due()
            [event] = cloud.erasing_events()
            function("erasure_worker")(event, None)
            assert passes(organization_id) == number + 1
    with later(10 * organization.PASSES[2]):
        queue.send_due()
        organization.run(message(organization_id))
    assert cloud.erasing_events() == []


def test_nobody_erases_what_stands(ada: Client, cloud: Cloud) -> None:
    """A message that names an organization which nobody has deleted does nothing."""
    before = tables.snapshot()
    organization.run(message(ada.organization_id))
    assert tables.snapshot() == before


def test_what_was_on_its_way_is_erased_by_the_next_pass(
    ada: Client, ben: Client, cloud: Cloud
) -> None:
    """Requests and workers that had begun before write once more, whatever they write."""
    organization_id = str(ada.organization_id)
    some(ada, ben)
    written = tables.snapshot()
    delete(ada, cloud)
    erase(cloud, organization_id)
    late = {
        name: [item for key, item in items.items() if is_written_late(key[0])]
        for name, items in written.items()
    }
    for name, items in late.items():
        assert items
        for item in items:
            client("dynamodb").put_item(TableName=name, Item=item)
    with later(organization.PASSES[1] + 1), recorded() as told:
        erase(cloud, organization_id)
    project(told)
    with later(organization.PASSES[2] + 1):
        erase(cloud, organization_id)
    assert left(organization_id) == {
        config.records_table(): [],
        config.bookkeeping_table(): [("ERASED", organization_id)],
    }


def is_written_late(pk: str) -> bool:
    """Memberships and the organization itself are not: those demand that it stands."""
    return not any(part in pk for part in ("#MEMBER#", "#ORGANIZATION#", "USER#", "SUMS#", "ERAS"))


# ── The stream ──


def told_of(organization_id: str, kind: str = "lead") -> list[StreamRecord]:
    """Stream records of the end of each record of a kind."""
    return [
        stream_record(item, None)
        for key, item in tables.items().items()
        if key[0].startswith(f"ORG#{organization_id}#{kind.upper()}#") and key[1] == "#"
    ]


def test_the_stream_writes_nothing_for_what_is_gone(ada: Client, cloud: Cloud) -> None:
    """Neither history, text index, sums nor ledger, and no rule runs because of it."""
    rules.rule(ada, NOTE, record_type="lead", trigger={"event": "deleted"})
    with recorded() as made:
        leads.lead(ada, "Hopper")
    project(made)
    records = told_of(str(ada.organization_id))
    standing = tables.snapshot()
    delete(ada, cloud)
    before = tables.items(config.bookkeeping_table())
    automate(records)
    assert tables.items(config.bookkeeping_table()) == before
    project(records)
    after = tables.items(config.bookkeeping_table())
    assert after.keys() < before.keys()
    assert [key for key in after if "#LEAD" in str(key)] == []
    tables.restore(standing)
    tombstones._gone.cache_clear()
    automate(records)
    executions = [
        key for key in tables.items(config.bookkeeping_table()) if "EXECUTION#" in str(key)
    ]
    assert len(executions) == 1, "it would have run"


def test_what_comes_late_goes_with_the_end_of_its_record(ada: Client, cloud: Cloud) -> None:
    """A stream that is behind tells of a record that has been erased already, then of its end."""
    with recorded() as made:
        lead = leads.lead(ada, "Hopper")
    ends = told_of(str(ada.organization_id))
    delete(ada, cloud)
    erase(cloud, str(ada.organization_id))
    project(made)
    assert history_of(ada, lead)
    project(ends)
    assert history_of(ada, lead) == []
    assert [
        key
        for key in left(str(ada.organization_id))[config.bookkeeping_table()]
        if "LEAD" in str(key)
    ] == []


def history_of(who: Client, lead: Any) -> list[Any]:
    pk = keys.history(str(who.organization_id), "lead", lead["id"], 1).pk
    return SYSTEM.query(pk, (" ", "~"), 10)


def test_a_living_organization_pays_nothing(ada: Client, cloud: Cloud) -> None:
    """Nobody asks for a tombstone because of what is made or changed."""
    del cloud
    with recorded() as made:
        leads.lead(ada, "Hopper")
    with patch.object(tombstones, "find", side_effect=AssertionError("it was looked for")):
        project(made)
        automate(made)


def test_sums_count_nothing_any_more(ada: Client, cloud: Cloud) -> None:
    with recorded() as made:
        deals.deal(ada, "Big")
    delete(ada, cloud)
    counters._list_name.cache_clear()
    project(made)
    found = left(str(ada.organization_id))[config.bookkeeping_table()]
    assert [key for key in found if "#SUM" in key[0] and key[1] != "state"] == []


def test_a_lead_is_read_as_it_was(ada: Client) -> None:
    """The data that the tests above look for exists before."""
    with recorded() as made:
        lead = leads.lead(ada, "Hopper")
    project(made)
    found = read(Lead, str(ada.organization_id), lead["id"])
    assert found is not None
    assert len(history.rows(history_of(ada, lead))) == 1
    assert ids.is_id(found.id)
