"""Deliveries on their way: sent once, again when that failed, and never lost."""

import itertools
import json
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from standardwebhooks import Webhook

from crm.platform import clock, ids, sqs
from crm.platform.dynamodb.queries import read
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.platform.errors import TooLargeError, UnavailableError
from crm.webhooks import backoff, deliveries, queue, sender, worker
from crm.webhooks.queue import Message
from crm.webhooks.schemas import DeliveryAttempt, StoredDelivery, WebhookEndpoint
from crm.webhooks.sender import Outcome
from tests.support.client import Client, function
from tests.support.cloud import client as aws
from tests.support.receiver import Receiver, serving
from tests.support.webhooks import (
    BODY,
    DELIVERIES,
    ENDPOINTS,
    FAILED,
    GONE,
    OK,
    URL,
    Clock,
    Queue,
    Receiving,
    body_of,
    register,
    stage,
    stored,
)

pytestmark = pytest.mark.thorough


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(clock, "now", made)
    return made


@pytest.fixture
def waiting(now: Clock, monkeypatch: pytest.MonkeyPatch) -> Queue:
    made = Queue(now)
    monkeypatch.setattr(queue, "send", made.send)
    return made


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiving:
    made = Receiving()
    monkeypatch.setattr(sender, "post", made.post)
    return made


@pytest.fixture
def endpoint(ada: Client) -> Any:
    return register(ada)


def endpoint_now(ada: Client, endpoint: Any) -> Any:
    reply = ada.get(f"{ENDPOINTS}/{endpoint['id']}")
    return reply.json["is_active"], reply.json["disabled_reason"]


def log(ada: Client, delivery: StoredDelivery) -> tuple[str, list[Any]]:
    found = ada.get(f"{DELIVERIES}/{delivery.id}").json
    return found["status"], [one["status_code"] for one in found["attempts"]]


def test_one_that_arrives(ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving) -> None:
    delivery = stage(ada, endpoint["id"])
    assert log(ada, delivery) == ("pending", [])
    assert waiting.work() == 1
    [(url, headers, body)] = receiver.got
    assert url == URL
    assert json.loads(body) == BODY
    assert headers["webhook-id"] == delivery.id
    assert headers["webhook-timestamp"] == str(int(clock.now().timestamp()))
    assert headers["Content-Type"] == "application/json"
    found = ada.get(f"{DELIVERIES}/{delivery.id}").json
    assert found == {
        "id": delivery.id,
        "endpoint_id": endpoint["id"],
        "type": "deal.updated",
        "status": "succeeded",
        "attempts": [{"at": clock.timestamp(clock.now()), "status_code": 200, "error": None}],
        "next_attempt_on": None,
        "created_on": delivery.created_on,
    }


@pytest.mark.parametrize("status_code", [200, 201, 202, 204, 299])
def test_what_a_success_is(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving, status_code: int
) -> None:
    receiver.outcomes = [Outcome(status_code)]
    delivery = stage(ada, endpoint["id"])
    waiting.work()
    assert log(ada, delivery) == ("succeeded", [status_code])


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        (Outcome(500), "The receiver answered 500."),
        (Outcome(199), "The receiver answered 199."),
        (Outcome(301), "The receiver answered 301; redirects are not followed."),
        (Outcome(307), "The receiver answered 307; redirects are not followed."),
        (Outcome(404), "The receiver answered 404."),
        (Outcome(429), "The receiver answered 429."),
        (Outcome(error="The connection broke."), "The connection broke."),
    ],
)
def test_what_is_tried_again(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving, outcome: Outcome, error: str
) -> None:
    receiver.outcomes = [outcome, OK]
    delivery = stage(ada, endpoint["id"])
    worker.handle(body_of(waiting.take()))
    [attempt] = stored(delivery).attempts
    assert (attempt.status_code, attempt.error) == (outcome.status_code, error)
    assert stored(delivery).status == "pending"
    waiting.work()
    assert log(ada, delivery) == ("succeeded", [outcome.status_code, 200])
    assert receiver.ids == [delivery.id] * 2
    assert len({body for _, _, body in receiver.got}) == 1


def test_one_that_never_arrives(
    ada: Client,
    endpoint: Any,
    waiting: Queue,
    receiver: Receiving,
    now: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backoff, "wait", longest)
    receiver.outcomes = [FAILED]
    delivery = stage(ada, endpoint["id"])
    started = now()
    waiting.work()
    assert log(ada, delivery) == ("failed", [500] * 12)
    assert receiver.ids == [delivery.id] * 12
    moments = [clock.moment(one.at) for one in stored(delivery).attempts]
    waits = [
        round((later - earlier).total_seconds()) for earlier, later in itertools.pairwise(moments)
    ]
    assert waits == [round(backoff.ceiling(n)) for n in range(1, 12)]
    assert now() - started < timedelta(days=7)
    assert endpoint_now(ada, endpoint) == (True, None)


def longest(attempts: int, *_: object) -> timedelta:
    return timedelta(seconds=backoff.ceiling(attempts))


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [("3600", 3600), ("7200000", 86400), ("0", 0), ("nonsense", 0)]
)
def test_a_receiver_says_when_to_come_back(
    ada: Client,
    endpoint: Any,
    waiting: Queue,
    receiver: Receiving,
    monkeypatch: pytest.MonkeyPatch,
    retry_after: str,
    seconds: int,
) -> None:
    wait = backoff.wait
    monkeypatch.setattr(backoff, "wait", partial(wait, uniform=lambda *_: 0.0))
    receiver.outcomes = [Outcome(503, retry_after=retry_after), OK]
    delivery = stage(ada, endpoint["id"])
    waiting.work()
    first, second = (clock.moment(one.at) for one in stored(delivery).attempts)
    assert seconds <= (second - first).total_seconds() <= seconds + 1


def test_an_endpoint_that_is_gone(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving
) -> None:
    receiver.outcomes = [GONE, OK]
    first, second = stage(ada, endpoint["id"]), stage(ada, endpoint["id"])
    waiting.work()
    assert endpoint_now(ada, endpoint) == (False, "410 Gone")
    assert log(ada, first) == ("failed", [410])
    assert log(ada, second) == ("failed", [None])
    assert receiver.ids == [first.id]
    assert stored(first).attempts[0].error == "410 Gone"
    assert stored(second).attempts[0].error == "The endpoint is not active."
    assert ada.post(f"{DELIVERIES}/{first.id}/redeliver").problem == (409, "conflict")
    back = ada.patch(f"{ENDPOINTS}/{endpoint['id']}", {"is_active": True})
    assert (back.json["is_active"], back.json["disabled_reason"]) == (True, None)
    assert ada.post(f"{DELIVERIES}/{first.id}/redeliver").status == 200
    waiting.work()
    assert log(ada, first) == ("succeeded", [410, 200])


def test_one_that_has_moved_meanwhile_is_not_disabled(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving
) -> None:
    path = f"{ENDPOINTS}/{endpoint['id']}"
    receiver.outcomes = [GONE]
    receiver.meanwhile = lambda: ada.patch(path, {"url": "https://example.com/new"})
    delivery = stage(ada, endpoint["id"])
    waiting.work()
    assert endpoint_now(ada, endpoint) == (True, None)
    assert log(ada, delivery) == ("failed", [410])


def test_disabling_waits_for_nobody_elses_write(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving
) -> None:
    path = f"{ENDPOINTS}/{endpoint['id']}"
    receiver.outcomes = [GONE]
    commit = Transaction.commit
    done: list[Any] = []

    def overtaken(transaction: Transaction) -> None:
        if not done:
            done.append(True)
            ada.put(path, {"url": URL})
        commit(transaction)

    receiver.meanwhile = lambda: setattr(Transaction, "commit", overtaken)
    stage(ada, endpoint["id"])
    try:
        waiting.work()
    finally:
        Transaction.commit = commit  # type: ignore[method-assign]
    assert ada.get(path).json["version"] == 3
    assert endpoint_now(ada, endpoint) == (False, "410 Gone")


@pytest.mark.parametrize("how", ["inactive", "deleted"])
def test_nothing_goes_to_an_endpoint_that_is_not_active(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving, how: str
) -> None:
    delivery = stage(ada, endpoint["id"])
    path = f"{ENDPOINTS}/{endpoint['id']}"
    changed = ada.delete(path) if how == "deleted" else ada.patch(path, {"is_active": False})
    assert changed.status in {200, 204}
    waiting.work()
    assert receiver.got == []
    assert stored(delivery).status == "failed"
    assert [one.error for one in stored(delivery).attempts] == ["The endpoint is not active."]


def test_a_message_that_comes_twice(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving
) -> None:
    delivery = stage(ada, endpoint["id"])
    for _ in range(3):
        deliveries.send_to_queue(delivery)
    assert waiting.work() == 4
    assert receiver.ids == [delivery.id]
    deliveries.send_to_queue(stored(delivery))
    assert waiting.waiting == []


def test_messages_that_come_twice_do_not_stay_for_all_attempts(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving
) -> None:
    receiver.outcomes = [FAILED]
    delivery = stage(ada, endpoint["id"])
    for _ in range(5):
        deliveries.send_to_queue(delivery)
    for _ in range(6):
        worker.handle(body_of(waiting.take()))
    assert len(waiting.waiting) <= 2
    waiting.work()
    assert receiver.ids == [delivery.id] * 12


def test_two_workers_send_once(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving, now: Clock
) -> None:
    """The second comes while the first is sending: it waits, and finds it done."""
    delivery = stage(ada, endpoint["id"])
    message = waiting.take()
    receiver.meanwhile = lambda: worker.handle(body_of(message))
    worker.handle(body_of(message))
    assert receiver.ids == [delivery.id]
    assert len(waiting.waiting) == 1
    waiting.work()
    assert receiver.ids == [delivery.id]
    assert log(ada, delivery) == ("succeeded", [200])


def test_two_workers_that_read_at_the_same_time_send_once(
    ada: Client,
    endpoint: Any,
    waiting: Queue,
    receiver: Receiving,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delivery = stage(ada, endpoint["id"])
    message = waiting.take()
    lease = deliveries.lease
    overtaken: list[Any] = []

    def slow(read_before: StoredDelivery, seconds: float) -> StoredDelivery | None:
        if not overtaken:
            overtaken.append(True)
            worker.handle(body_of(message))
        return lease(read_before, seconds)

    monkeypatch.setattr(deliveries, "lease", slow)
    worker.handle(body_of(message))
    waiting.work()
    assert receiver.ids == [delivery.id]
    assert log(ada, delivery) == ("succeeded", [200])


def test_a_lease_is_one_workers(ada: Client, endpoint: Any, waiting: Queue, now: Clock) -> None:
    delivery = stage(ada, endpoint["id"])
    done = DeliveryAttempt(at=clock.timestamp(now()), status_code=200)
    first = deliveries.lease(delivery, worker.LEASE_SECONDS)
    assert first is not None
    assert deliveries.lease(delivery, worker.LEASE_SECONDS) is None
    now.forward(worker.LEASE_SECONDS)
    second = deliveries.lease(stored(delivery), worker.LEASE_SECONDS)
    assert second is not None
    assert not deliveries.succeed(first, done)
    assert not deliveries.put_off(first, done, timedelta())
    assert stored(delivery) == second
    assert deliveries.succeed(second, done)


def test_a_worker_that_lost_its_lease_writes_nothing(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving, now: Clock
) -> None:
    delivery = stage(ada, endpoint["id"])
    message = waiting.take()

    def overtaken() -> None:
        now.forward(worker.LEASE_SECONDS + 1)
        worker.handle(body_of(message))

    receiver.meanwhile = overtaken
    receiver.outcomes = [OK, FAILED]
    worker.handle(body_of(message))
    waiting.work()
    assert receiver.ids == [delivery.id] * 2
    assert log(ada, delivery) == ("succeeded", [200])


def test_the_next_message_may_be_early(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is sent before the attempt is logged, and must not get lost if it is that quick."""
    delivery = stage(ada, endpoint["id"])
    monkeypatch.setattr(backoff, "wait", lambda *_: timedelta())
    receiver.outcomes = [FAILED, OK]
    write = deliveries._write
    early: list[Any] = []

    def slow(new: StoredDelivery, old: StoredDelivery) -> bool:
        if waiting.waiting and not early:
            early.append(True)
            worker.handle(body_of(waiting.take()))
        return write(new, old)

    monkeypatch.setattr(deliveries, "_write", slow)
    waiting.work()
    assert early
    assert log(ada, delivery) == ("succeeded", [500, 200])


class CrashError(BaseException):
    """The end of the process: nothing may catch it."""


class Boundaries:
    """Counts the calls that leave the process, and ends it before or after one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
        self.passed = 0
        self.at = at
        self.crashed = False
        for module, name in (
            (deliveries, "read"),
            (deliveries, "endpoint_of"),
            (deliveries, "_write"),
            (queue, "send"),
            (sender, "post"),
            (Transaction, "commit"),
        ):
            monkeypatch.setattr(module, name, self.around(getattr(module, name)))

    def around(self, call: Any) -> Any:
        def called(*arguments: Any, **options: Any) -> Any:
            self.step()
            result = call(*arguments, **options)
            self.step()
            return result

        return called

    def step(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            self.crashed = True
            raise CrashError


def deliver(waiting: Queue, boundaries: Boundaries) -> None:
    """Work until there are no messages; one whose worker died comes again."""
    for _ in range(400):
        if not waiting.waiting:
            return
        message = waiting.take()
        try:
            worker.handle(body_of(message))
        except CrashError:
            waiting.send(message, 270)
    raise AssertionError("there are always messages left")


@pytest.mark.parametrize(
    ("outcomes", "status", "codes"),
    [
        ([OK], "succeeded", [200]),
        ([FAILED, Outcome(error="The connection broke."), OK], "succeeded", [500, None, 200]),
        ([FAILED, GONE], "failed", [500, 410]),
    ],
)
def test_a_worker_may_die_at_any_boundary(
    ada: Client, endpoint: Any, waiting: Queue, outcomes: list[Outcome], status: str, codes: Any
) -> None:
    """The delivery is made all the same, with one id, and once more than needed at the most."""
    at, tried = 0, 0
    while True:
        at += 1
        ada.patch(f"{ENDPOINTS}/{endpoint['id']}", {"is_active": True})
        delivery = stage(ada, endpoint["id"])
        receiver = Receiving(list(outcomes))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sender, "post", receiver.post)
            boundaries = Boundaries(patch, at)
            deliver(waiting, boundaries)
        assert stored(delivery).status == status
        assert set(receiver.ids) == {delivery.id}
        assert len(receiver.got) in {len(outcomes), len(outcomes) + 1}
        assert stored(delivery).leased_until is None
        assert endpoint_now(ada, endpoint)[0] is (GONE not in outcomes)
        if not boundaries.crashed:
            break
        tried += 1
    assert tried == boundaries.passed
    assert tried > 8
    assert log(ada, delivery) == (status, codes)


def test_what_an_engine_that_died_sends_again(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving
) -> None:
    """Staged and committed, but not sent: the item is found by its id, and sent then."""
    delivery = stage(ada, endpoint["id"])
    waiting.waiting.clear()
    found = deliveries.read(delivery.organization_id, delivery.id)
    assert found == delivery
    deliveries.send_to_queue(found)
    waiting.work()
    assert receiver.ids == [delivery.id]


def test_a_delivery_is_staged_once(ada: Client, endpoint: Any, waiting: Queue) -> None:
    delivery = stage(ada, endpoint["id"])
    with pytest.raises(StaleReadError):
        stage(ada, endpoint["id"], delivery.id)


def test_a_body_that_is_too_long(ada: Client, endpoint: Any, waiting: Queue) -> None:
    organization_id = str(ada.organization_id)
    found = read(WebhookEndpoint, organization_id, endpoint["id"])
    assert found is not None
    body = {**BODY, "data": "ü" * 150_000}
    with pytest.raises(TooLargeError):
        deliveries.stage(Transaction(), organization_id, found, ids.new_id(), body)


def test_messages_of_what_is_not_there(ada: Client, waiting: Queue, receiver: Receiving) -> None:
    worker.handle(body_of(Message(str(ada.organization_id), ids.new_id(), 0)))
    assert (waiting.waiting, receiver.got) == ([], [])


def test_another_organization_in_a_message_finds_nothing(
    ada: Client, eve: Client, endpoint: Any, waiting: Queue, receiver: Receiving
) -> None:
    delivery = stage(ada, endpoint["id"])
    worker.handle(body_of(Message(str(eve.organization_id), delivery.id, 0)))
    assert receiver.got == []


def test_the_log_says_nothing_private(
    ada: Client,
    endpoint: Any,
    waiting: Queue,
    receiver: Receiving,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DELIVERIES_QUEUE_URL", "deliveries")
    logged: list[Any] = []
    monkeypatch.setattr(worker.logger, "info", lambda *what, **more: logged.append((what, more)))
    monkeypatch.setattr(worker.logger, "error", lambda *what, **more: logged.append((what, more)))
    delivery = stage(ada, endpoint["id"])
    receiver.outcomes = [FAILED, OK]
    waiting.work()
    assert [more["result"] for _, more in logged] == ["put off", "succeeded"]

    def broken(*_: object, **__: object) -> Outcome:
        raise RuntimeError(endpoint["secret"])

    stage(ada, endpoint["id"])
    monkeypatch.setattr(sender, "post", broken)
    with pytest.raises(UnavailableError):
        worker.run([record(waiting.take(), "receipt")])
    assert len(logged) == 3
    for private in (endpoint["secret"].removeprefix("whsec_"), URL, "Größe", "example.com"):
        assert private not in str(logged)
    assert delivery.id in str(logged)


def record(message: Message, receipt: str) -> dict[str, Any]:
    return {"messageId": receipt, "receiptHandle": receipt, "body": body_of(message)}


@pytest.fixture
def queue_url(monkeypatch: pytest.MonkeyPatch, cloud: Any) -> Any:
    """The queue itself, as moto plays it."""
    sqs._client.cache_clear()
    url = aws("sqs").create_queue(QueueName="deliveries")["QueueUrl"]
    monkeypatch.setenv("DELIVERIES_QUEUE_URL", url)
    yield url
    sqs._client.cache_clear()


def received(url: str) -> list[dict[str, Any]]:
    """Messages as Lambda hands them to a function."""
    found = aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [
        {
            "messageId": one["MessageId"],
            "receiptHandle": one["ReceiptHandle"],
            "body": one["Body"],
        }
        for one in found.get("Messages", [])
    ]


def waiting_in(url: str) -> tuple[int, int, int]:
    """Return the numbers of visible, in-flight and delayed messages."""
    names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesDelayed",
    ]
    found = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    visible, in_flight, delayed = (int(found[name]) for name in names)
    return visible, in_flight, delayed


def test_through_the_queue(ada: Client, endpoint: Any, queue_url: str, receiver: Receiving) -> None:
    made = [stage(ada, endpoint["id"]) for _ in range(3)]
    assert function("webhook_sender")({"Records": received(queue_url)}, None) is None
    assert sorted(receiver.ids) == sorted(one.id for one in made)
    assert [stored(one).status for one in made] == ["succeeded"] * 3


@pytest.mark.parametrize(
    ("seconds", "delay"), [(-5, 0), (0, 0), (0.1, 1), (899.5, 900), (86400, 900)]
)
def test_how_long_a_message_is_held_back(
    queue_url: str, monkeypatch: pytest.MonkeyPatch, seconds: float, delay: int
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(sqs._client(), "send_message", lambda **given: sent.append(given))
    queue.send(Message("o", "d", 1), seconds)
    assert sent[0]["DelaySeconds"] == delay
    assert queue.read(sent[0]["MessageBody"]) == Message("o", "d", 1)


def test_a_batch_of_which_one_fails(
    ada: Client, endpoint: Any, queue_url: str, receiver: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failed message returns; the others are deleted although the function failed."""
    made = [stage(ada, endpoint["id"]) for _ in range(3)]
    poisoned = made[1].id
    find = deliveries.read

    def failing(organization_id: str, delivery_id: str) -> StoredDelivery | None:
        if delivery_id == poisoned:
            raise UnavailableError
        return find(organization_id, delivery_id)

    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "read", failing)
        with pytest.raises(UnavailableError, match="1 of 3"):
            function("webhook_sender")({"Records": received(queue_url)}, None)
    assert waiting_in(queue_url) == (0, 1, 0)
    assert sorted(receiver.ids) == sorted([made[0].id, made[2].id])
    worker.handle(body_of(Message(made[1].organization_id, poisoned, 0)))
    assert stored(made[1]).status == "succeeded"


def test_a_retry_is_delayed_in_the_queue(
    ada: Client, endpoint: Any, queue_url: str, receiver: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "wait", longest)
    receiver.outcomes = [FAILED]
    stage(ada, endpoint["id"])
    worker.run(received(queue_url))
    assert waiting_in(queue_url)[2] == 1


def test_over_a_real_connection(
    ada: Client, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receiver's library accepts the request."""
    monkeypatch.setenv("WEBHOOK_ALLOW_LOOPBACK", "true")
    with serving(Receiver()) as server:
        endpoint = register(ada, server.url("/ok"))
        delivery = stage(ada, endpoint["id"])
        worker.run(received(queue_url))
    [(_, headers, body)] = server.received
    assert Webhook(endpoint["secret"]).verify(body, headers) == BODY
    assert headers["webhook-id"] == delivery.id
    assert log(ada, delivery) == ("succeeded", [204])


def test_the_setting_holds_when_it_is_sent(
    ada: Client, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_ALLOW_LOOPBACK", "true")
    with serving(Receiver()) as server:
        endpoint = register(ada, server.url("/ok"))
        delivery = stage(ada, endpoint["id"])
        monkeypatch.setenv("WEBHOOK_ALLOW_LOOPBACK", "false")
        worker.run(received(queue_url))
    assert server.received == []
    assert stored(delivery).attempts[0].error == "The URL must begin with https://."
