"""Rules under redelivery and death: each effect once, none lost, however often it is tried.

The functions run in the test's own process, on tables of their own in the stack's engine. What
they write is read off their calls, and handed back to them as a stream would: each key's records
in order, in batches, several times, by a worker that dies between any two calls to AWS.
"""

import json
import logging
import random
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from crm.platform import config, sqs
from crm.platform.dynamodb import parallel
from crm.platform.dynamodb.codec import from_raw
from crm.platform.dynamodb.keys import RECORD
from crm.platform.dynamodb.table import connection
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.stream import concurrency, runner
from crm.sales.pipelines import service as pipelines
from crm.tenancy.members.schemas import Member
from crm.tenancy.organizations.schemas import Organization
from crm.workflows.engine.executions import Execution
from local.process import StackProcess
from tests.support.client import Client, function
from tests.support.integration.layer import layer, own_tables, write
from tests.support.rules import PATH, TASK, rule, setting
from tests.support.stream import StreamRecord, stream_record
from tests.support.tables import items

DEALS = 24
"""Ten thousand pass as well; they take their time."""

SEED = 20261122
BATCH = 10
MOST_DELIVERIES = 5
LIVES = 40
"""After how many calls to AWS a worker dies, on average."""

POISONED = 100
"""One record in so many cannot be handled."""

AMOUNTS = (["500"], ["1500"], ["500", "2000"], ["1500", "10", "3000"])
"""Changes of the amount of a deal: each deal has one of these shapes."""

URL = "https://example.com/hooks"


logger = logging.getLogger(__name__)


class KilledError(BaseException):
    """The end of the process: nothing may catch it."""


class Stream:
    """Writes of records, as their stream reports them: the records of each key in order."""

    def __init__(self) -> None:
        self._images: dict[str, Any] = {}
        self.waiting: dict[str, deque[StreamRecord]] = {}
        self.late: list[StreamRecord] = []
        self.told = 0

    def write(self, operations: list[Any]) -> None:
        """Note what a transaction has written."""
        for operation in operations:
            put, gone = operation.get("Put"), operation.get("Delete")
            if put and put["TableName"] == config.records_table():
                self._tell(put["Item"], put["Item"])
            if gone and gone["TableName"] == config.records_table():
                self._tell(gone["Key"], None)

    def _tell(self, key: Any, new: Any) -> None:
        if key["sk"]["S"] != RECORD:
            return
        pk = key["pk"]["S"]
        old = self._images.pop(pk, None)
        if new is not None:
            self._images[pk] = new
        self.waiting.setdefault(pk, deque()).append(stream_record(old, new))
        self.told += 1

    def take(self, size: int = BATCH, chance: random.Random | None = None) -> list[StreamRecord]:
        """The next batch; with chance, keys are mixed, and duplicates of old records among them."""
        batch: list[StreamRecord] = []
        while len(batch) < size and (self.waiting or self.late):
            if chance and self.late and (not self.waiting or chance.random() < 0.6):
                batch.append(self.late.pop(chance.randrange(len(self.late))))
                continue
            pk = chance.choice(list(self.waiting)) if chance else next(iter(self.waiting))
            batch.append(self.waiting[pk].popleft())
            if not self.waiting[pk]:
                del self.waiting[pk]
            if chance:
                self.late += batch[-1:] * chance.randrange(MOST_DELIVERIES)
        return batch

    def __bool__(self) -> bool:
        return bool(self.waiting or self.late)


@dataclass
class Worker:
    """The function that runs rules, in a process that can die between any two calls to AWS.

    Attributes:
        stream: what is written, by it and by others.
        dies_at: the number of the call, from 1, after which it dies; before a call is the same
            as after the one before it.
        calls: what it has called since the last delivery.
        deliveries: how many records it was given, in all.
        kills: how often it died.
    """

    stream: Stream = field(default_factory=Stream)
    dies_at: int | None = None
    calls: list[str] = field(default_factory=list)
    deliveries: int = 0
    kills: int = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Read what is written off the calls to AWS, and count them."""
        clients = [connection().client, sqs._client(), runner._client()]
        hooks: dict[str, Callable[..., None]] = {
            "before-parameter-build": self._build,
            "after-call": self._called,
        }
        for client in clients:
            for name, hook in hooks.items():
                client.meta.events.register(name, hook)
        yield
        for client in clients:
            for name, hook in hooks.items():
                client.meta.events.unregister(name, hook)

    def run(self, batch: list[StreamRecord], dies_at: int | None = None) -> bool:
        """Deliver a batch; whether the worker has survived it."""
        self.deliveries += len(batch)
        self.dies_at, self.calls = dies_at, []
        try:
            function("automation")({"Records": batch}, None)
        except KilledError:
            self.kills += 1
            return False
        finally:
            self.dies_at = None
        return True

    def run_in_turns(self, batch: list[StreamRecord], chance: random.Random) -> None:
        """Deliver a batch to one worker after the other, each of which dies at some time."""
        while not self.run(batch, dies_at=1 + int(chance.expovariate(1 / LIVES))):
            pass

    def run_out(self) -> None:
        """Deliver what waits, and what follows from it, once and in order."""
        while self.stream:
            assert self.run(self.stream.take())

    def _build(self, params: Any, context: Any, **_: Any) -> None:
        context["written"] = params.get("TransactItems", [])

    def _called(self, http_response: Any, model: Any, context: Any, **_: Any) -> None:
        if model.name == "TransactWriteItems" and http_response.status_code == 200:
            self.stream.write(context["written"])
        self.calls.append(model.name)
        if len(self.calls) == self.dies_at:
            raise KilledError


@dataclass(frozen=True)
class Brook:
    """An organization with rules: its admin, a team that takes turns, one that is shared with."""

    ada: Client
    sellers: list[str]
    account: str

    @property
    def organization_id(self) -> str:
        return str(self.ada.organization_id)

    @staticmethod
    def found() -> "Brook":
        organization_id, ada, *sellers = (str(uuid.uuid4()) for _ in range(5))
        people = {ada: "admin"} | dict.fromkeys(sellers, "member")
        write(
            [
                Member.create(
                    organization_id,
                    user_id,
                    id=user_id,
                    email=f"{user_id}@example.com",
                    first_name="Some",
                    last_name="Body",
                    role=role,
                )
                for user_id, role in people.items()
            ]
        )
        fields = {"id": organization_id, "name": "Brook", "default_currency": "USD"}
        write([Organization.create(organization_id, ada, **fields)])
        transaction = Transaction()
        pipelines.found_default(transaction, organization_id, ada)
        transaction.commit()
        admin = Client(ada, organization_id)
        account = made(admin, "/api/entities", {"type": "account", "name": "Mills"})
        return Brook(admin, sellers, account["id"])

    def rules(self) -> None:
        """Rules on deals, and one on the activities that they make: none leads in a circle."""
        team = made(self.ada, "/api/teams", {"name": "Sellers", "users": self.sellers})["id"]
        other = made(self.ada, "/api/teams", {"name": "Office", "users": []})["id"]
        made(self.ada, "/api/webhook-endpoints", {"url": URL})
        told = {"type": "send_notification", "channel": "in_app", "to": "owner"}
        turn = {"type": "assign_owner", "round_robin": team}
        note = {"type": "create_activity", "activity_type": "note"}
        rule(self.ada, TASK, turn, {**told, "subject": "Yours", "body": "Go."}, name="Welcome")
        rule(
            self.ada,
            setting("expected_close_date", "2027-01-01"),
            {**note, "subject": "Large: {{record.amount}}"},
            name="Large",
            trigger={"event": "created_or_updated", "criteria": "when_becomes_true"},
            conditions={"field": "amount", "operator": "greater_or_equal", "value": 1000},
        )
        rule(
            self.ada,
            {"type": "share_with", "team_id": other},
            {"type": "call_webhook", "url": URL},
            name="Amount",
            trigger={"event": "updated", "fields": ["amount"]},
        )
        rule(
            self.ada,
            setting("description", "Soon"),
            name="Follow",
            record_type="activity",
            conditions={"field": "subject", "operator": "starts_with", "value": "call"},
        )

    def deal(self, shape: int, name: str) -> Iterator[str]:
        """A deal in the hands of its users: one write at a time, then its id."""
        first, *later = AMOUNTS[shape]
        body = {"name": name, "entity_id": self.account, "amount": first}
        one = made(self.ada, "/api/deals", body)
        yield one["id"]
        for amount in later:
            reply = self.ada.patch(f"/api/deals/{one['id']}", {"amount": amount})
            assert reply.status == 200, reply.text
            yield one["id"]

    def whole_deal(self, shape: int, name: str = "Mill") -> str:
        return list(self.deal(shape, name))[-1]


def made(client: Client, path: str, body: Any) -> Any:
    reply = client.post(path, body)
    assert reply.status == 201, reply.text
    return reply.json


class Outcome:
    """All that stands in the tables, put to the deals that it is about."""

    def __init__(self, organization_id: str) -> None:
        self.effects: dict[str, Counter[str]] = defaultdict(Counter)
        self.owners: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self.deals: dict[str, Any] = {}
        self._rules: dict[str, str] = {}
        self._about: dict[str, str] = {}
        self.delivered: list[str] = []
        self.executions: list[Execution] = []
        begin = f"ORG#{organization_id}#"
        found = [
            (pk.split("#"), from_raw(item))
            for table in (config.records_table(), config.bookkeeping_table())
            for (pk, _), item in items(table).items()
            if pk.startswith(begin)
        ]
        readers = {
            "WORKFLOW_RULE": self._rule,
            "DEAL": self._deal,
            "ACTIVITY": self._activity,
            "NOTIFICATION": self._notification,
            "EXECUTION": self._execution,
            "DELIVERY": self._delivery,
        }
        for kind, read in readers.items():
            for (_, _, named, *_), item in found:
                if named == kind and item["sk"] in {RECORD, kind.lower()}:
                    read(item)

    def _rule(self, item: Any) -> None:
        self._rules[item["id"]] = item["name"]

    def _deal(self, item: Any) -> None:
        self.deals[item["id"]] = item
        self.owners[item["assigned_to"]] += 1
        seen = [item.get(name) for name in ("version", "expected_close_date", "amount")]
        self.effects[item["id"]][f"deal {seen} {len(item['shared_with'])}"] += 1

    def _activity(self, item: Any) -> None:
        deal = self._about[item["id"]] = item.get("related_to_id", item["id"])
        subject = item["subject"].split()[0] if "Call" in item["subject"] else item["subject"]
        what = (subject, item.get("description"), item["version"])
        self.effects[deal][f"activity {what}"] += 1

    def _notification(self, item: Any) -> None:
        deal = item["record"]["id"]
        self.told[item["user_id"]] += 1
        is_owner = self.deals[deal]["assigned_to"] == item["user_id"]
        self.effects[deal][f"notification {item['subject']} {is_owner}"] += 1

    def _execution(self, item: Any) -> None:
        found = Execution.model_validate(item)
        self.executions.append(found)
        deal = self._about.get(found.record_id, found.record_id)
        states = [(one.status, one.attempts) for one in found.actions]
        rule_name = self._rules[found.rule_id]
        what = (rule_name, found.event, found.status, found.reason, found.depth, states)
        self.effects[deal][f"execution {what}"] += 1

    def _delivery(self, item: Any) -> None:
        body = json.loads(item["body"])
        self.delivered.append(item["id"])
        change = [(one["field"], one["new"]) for one in body["data"]["changes"]]
        self.effects[body["data"]["record"]["id"]][f"delivery {change}"] += 1


@dataclass
class World:
    """Tables and queues of one test, and the worker on them."""

    worker: Worker
    letters: Callable[[], list[Any]]
    messages: Callable[[], list[Any]]


class AtOnce:
    """Works without threads: when a process dies, all of it dies, and at the same call."""

    def submit(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work(*given))
        return done


@pytest.fixture
def world(stack: StackProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(parallel, "_ahead", AtOnce)
    monkeypatch.setattr(concurrency, "_lanes", AtOnce)
    client = stack.client("sqs")
    names = ("DEAD_LETTER_QUEUE_URL", "DELIVERIES_QUEUE_URL")
    urls = {
        name: client.create_queue(QueueName=f"test-{uuid.uuid4().hex}")["QueueUrl"]
        for name in names
    }
    caches = (sqs._client, runner._client)
    with own_tables(stack) as tables, layer(stack, **tables, **urls):
        for cache in caches:
            cache.cache_clear()
        worker = Worker()
        with worker.watching():
            yield World(
                worker,
                lambda: received(client, urls["DEAD_LETTER_QUEUE_URL"]),
                lambda: received(client, urls["DELIVERIES_QUEUE_URL"]),
            )
        for cache in caches:
            cache.cache_clear()
    for url in urls.values():
        client.delete_queue(QueueUrl=url)


def received(client: Any, url: str) -> list[Any]:
    """Return the messages of a queue."""
    found: list[Any] = []
    while batch := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(one["Body"]) for one in batch]
    return found


def of_shapes(worker: Worker) -> dict[int, Counter[str]]:
    """Return the result of a run without faults for a deal of each shape."""
    brook = Brook.found()
    brook.rules()
    deals = {shape: brook.whole_deal(shape) for shape in range(len(AMOUNTS))}
    worker.run_out()
    outcome = Outcome(brook.organization_id)
    return {shape: outcome.effects[deal] for shape, deal in deals.items()}


def test_what_a_clean_run_does(world: World) -> None:
    """So that the others do not compare nothing with nothing."""
    clean = of_shapes(world.worker)
    done = "succeeded"
    welcome = ("Welcome", "created", done, None, 1, [(done, 1)] * 3)
    large = ("Large", "updated", done, None, 1, [(done, 1)] * 2)
    amount = ("Amount", "updated", done, None, 1, [(done, 1)] * 2)
    follow = ("Follow", "created", done, None, 2, [(done, 1)])
    assert clean[2] == {
        "deal [5, '2027-01-01', '2000.00'] 1": 1,
        "activity ('Call', 'Soon', 2)": 1,
        "activity ('Large: 2000.00', None, 1)": 1,
        "notification Yours True": 1,
        **{f"execution {one}": 1 for one in (welcome, large, amount, follow)},
        "delivery [('amount', '2000.00'), ('weighted_amount', '200.00')]": 1,
    }
    executions = [
        sum(n for what, n in clean[shape].items() if what.startswith("execution"))
        for shape in range(len(AMOUNTS))
    ]
    assert executions == [2, 3, 4, 6]


def test_killed_after_every_call(world: World) -> None:
    """The boundaries are those of a clean run of the same batch: a deal made, and changed."""
    worker, brook = world.worker, Brook.found()
    brook.rules()
    worker.run_out()
    first = brook.whole_deal(2)
    assert worker.run(worker.stream.take())
    boundaries = list(worker.calls)
    worker.run_out()
    killed = {}
    for number in range(1, len(boundaries) + 1):
        deal = brook.whole_deal(2)
        batch = worker.stream.take()
        assert not worker.run(batch, dies_at=number)
        assert worker.calls == boundaries[:number]
        killed[deal] = f"{number}, {boundaries[number - 1]}"
        assert worker.run(batch)
        worker.run_out()
    outcome = Outcome(brook.organization_id)
    for deal, where in killed.items():
        assert outcome.effects[deal] == outcome.effects[first], f"killed at {where}"
    assert outcome.effects.keys() == {first, *killed}
    assert {one["delivery_id"] for one in world.messages()} == set(outcome.delivered)
    assert len(killed) == len(boundaries)
    assert boundaries.count("TransactWriteItems") == 7, "seven act, and three of them begin"
    assert "SendMessage" in boundaries


def test_many_deals_delivered_again_and_again_by_workers_that_die(world: World) -> None:
    begun, worker = time.monotonic(), world.worker
    clean = of_shapes(worker)
    before = worker.stream.told
    worker.deliveries = 0
    brook = Brook.found()
    brook.rules()
    chance = random.Random(SEED)  # noqa: S311
    shapes: dict[str, int] = {}
    for batch in batches(brook, worker.stream, chance, shapes):
        worker.run_in_turns(batch, chance)
    outcome = Outcome(brook.organization_id)
    missing = sum((clean[shape] - outcome.effects[deal]).total() for deal, shape in shapes.items())
    doubled = sum((outcome.effects[deal] - clean[shape]).total() for deal, shape in shapes.items())
    logger.info(
        "%d records, %d deliveries, %d kills, %d effects: %d missing, %d doubled, %.1f s",
        worker.stream.told - before,
        worker.deliveries,
        worker.kills,
        sum(one.total() for one in outcome.effects.values()),
        missing,
        doubled,
        time.monotonic() - begun,
    )
    assert (missing, doubled) == (0, 0)
    assert len(shapes) == DEALS
    assert outcome.effects.keys() == shapes.keys(), "nothing is about anything else"
    assert outcome.owners.keys() == set(brook.sellers)
    assert max(outcome.owners.values()) - min(outcome.owners.values()) <= 1
    assert outcome.told == outcome.owners
    assert worker.kills > DEALS
    messages = Counter(one["delivery_id"] for one in world.messages())
    assert set(outcome.delivered) <= messages.keys(), "what was committed was sent"
    assert world.letters() == []


def batches(
    brook: Brook, stream: Stream, chance: random.Random, shapes: dict[str, int]
) -> Iterator[list[StreamRecord]]:
    """Return the stream records while users continue to write.

    Args:
        brook: whose users.
        stream: of all that is written.
        chance: who writes when, and what is delivered with what.
        shapes: is filled with the deals that are made, and their shapes.
    """
    unmade = [n % len(AMOUNTS) for n in range(DEALS)]
    chance.shuffle(unmade)
    users: list[tuple[int, Iterator[str]]] = []
    while unmade or users or stream:
        for _ in range(chance.randrange(4)):
            if unmade and (not users or chance.random() < 0.5):
                shape = unmade.pop()
                users.append((shape, brook.deal(shape, f"Deal {len(unmade)}")))
            if users:
                number = chance.randrange(len(users))
                shape, user = users[number]
                deal = next(user, None)
                if deal is None:
                    users.pop(number)
                else:
                    shapes[deal] = shape
        if stream:
            yield stream.take(1 + chance.randrange(BATCH), chance)


def test_what_cannot_be_handled_holds_up_its_own_key_alone(world: World) -> None:
    """It ends among the dead letters, and from there the work can be done after all."""
    worker, brook = world.worker, Brook.found()
    rule(
        brook.ada,
        {**TASK, "subject": "{{record.amount}}"},
        trigger={"event": "created_or_updated"},
    )
    worker.run_out()
    shape = 3
    versions = len(AMOUNTS[shape])
    deals = [brook.whole_deal(shape) for _ in range(POISONED // versions + 1)]
    batch = worker.stream.take(versions * len(deals))
    assert len(batch) > POISONED
    sound = json.loads(json.dumps(batch))
    poisoned = len(batch) // 2 // versions * versions + 1
    del batch[poisoned]["dynamodb"]["NewImage"]["currency"]
    assert worker.run(batch)
    worker.run_out()

    letters = world.letters()
    assert letters == batch[poisoned : poisoned + 2], "it, and what came after it of its key"
    assert all({"OldImage", "NewImage"} <= letter["dynamodb"].keys() for letter in letters)
    tasks = {True: ["1500.00"], False: ["10.00", "1500.00", "3000.00"]}
    patient = deals[poisoned // versions]
    for deal in deals:
        assert subjects(brook, deal) == tasks[deal == patient]

    assert worker.run(sound[poisoned : poisoned + 2])
    worker.run_out()
    assert subjects(brook, patient) == tasks[False]
    assert {one.status for one in Outcome(brook.organization_id).executions} == {"succeeded"}


def subjects(brook: Brook, deal: str) -> list[str]:
    """The subjects of the activities about a deal."""
    about = {"related_to_type": "deal", "related_to_id": deal}
    rows = brook.ada.get("/api/activities", query=about).json["results"]
    return sorted(row["subject"] for row in rows)


def test_what_was_cut_off_can_be_gone_on_with_though_its_rule_is_off(world: World) -> None:
    """A repeated delivery does not come to it any more; somebody who looks at the log does."""
    worker, brook = world.worker, Brook.found()
    one = rule(brook.ada, TASK, setting("expected_close_date", "2027-01-01"))
    worker.run_out()
    brook.whole_deal(0)
    assert worker.run(worker.stream.take())
    begun = worker.calls.index("TransactWriteItems") + 1
    worker.run_out()
    deal = brook.whole_deal(0)
    batch = worker.stream.take()
    assert not worker.run(batch, dies_at=begun)
    assert brook.ada.patch(f"{PATH}/{one['id']}", {"is_active": False}).status == 200
    assert worker.run(batch)
    about = {"record_type": "deal", "record_id": deal}
    [cut_off] = brook.ada.get("/api/workflow-executions", query=about).json["results"]
    assert [action["status"] for action in cut_off["actions"]] == ["succeeded", "pending"]
    retry = f"/api/workflow-executions/{cut_off['id']}/retry"
    done = brook.ada.post(retry)
    assert (done.status, done.json["status"]) == (200, "succeeded")
    assert [action["attempts"] for action in done.json["actions"]] == [1, 1]
    assert subjects(brook, deal) == ["Call Mill"]
    assert brook.ada.post(retry).problem == (409, "conflict")


def chain(brook: Brook, subject: str, following: str) -> None:
    """A rule that makes an activity because one was made."""
    rule(
        brook.ada,
        {**TASK, "subject": following},
        record_type="activity",
        conditions={"field": "subject", "operator": "equals", "value": subject},
    )


def set_off(world: World) -> tuple[Brook, Callable[[], Outcome]]:
    """An organization, and what comes of an activity there, under redelivery and death."""
    brook, chance = Brook.found(), random.Random(SEED)  # noqa: S311

    def run() -> Outcome:
        made(brook.ada, "/api/activities", {"type": "task", "subject": "0"})
        while world.worker.stream:
            world.worker.run_in_turns(world.worker.stream.take(BATCH, chance), chance)
        return Outcome(brook.organization_id)

    return brook, run


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5])
def test_a_circle_of_rules_that_make_records_ends_by_itself(world: World, length: int) -> None:
    brook, run = set_off(world)
    for n in range(length):
        chain(brook, f"{n}", f"{(n + 1) % length}")
    outcome = run()
    found = sorted((one.depth, one.status, one.reason) for one in outcome.executions)
    assert found == [
        *((depth, "succeeded", None) for depth in range(1, length + 1)),
        (length + 1, "stopped", "loop"),
    ]
    assert len(outcome.effects) == 1 + length, "the user's activity, and one of each rule"


def test_a_chain_of_rules_that_make_records_goes_five_deep(world: World) -> None:
    brook, run = set_off(world)
    for n in range(7):
        chain(brook, f"{n}", f"{n + 1}")
    outcome = run()
    found = sorted((one.depth, one.status, one.reason) for one in outcome.executions)
    assert found == [
        *((depth, "succeeded", None) for depth in range(1, 6)),
        (6, "stopped", "depth"),
    ]
    assert len(outcome.effects) == 1 + 5


def test_rules_that_all_set_each_other_off(world: World) -> None:
    """Each order of three rules is a cascade: 3 + 3 * 2 + 3 * 2 * 1 activities, and no more."""
    brook, run = set_off(world)
    for _ in range(3):
        rule(brook.ada, TASK | {"subject": "On"}, record_type="activity")
    outcome = run()
    assert len(outcome.effects) == 1 + 15
    states = Counter((one.status, one.reason) for one in outcome.executions)
    assert states == {("succeeded", None): 15, ("stopped", "loop"): 16 * 3 - 15}
