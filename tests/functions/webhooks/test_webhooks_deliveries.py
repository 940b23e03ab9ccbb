"""/api/webhook-endpoints/{id}/deliveries and /api/webhook-deliveries"""

from datetime import timedelta
from typing import Any

import pytest

from crm.platform import clock
from crm.webhooks import backoff, deliveries, queue, sender, worker
from crm.webhooks.schemas import StoredDelivery
from tests.support import tables
from tests.support.client import Client
from tests.support.webhooks import (
    DELIVERIES,
    ENDPOINTS,
    FAILED,
    OK,
    Clock,
    Queue,
    Receiving,
    body_of,
    register,
    stage,
    stored,
)

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"

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


def redeliver(ada: Client, delivery: StoredDelivery, **options: Any) -> Any:
    return ada.post(f"{DELIVERIES}/{delivery.id}/redeliver", **options)


def codes(delivery: StoredDelivery) -> list[int | None]:
    return [one.status_code for one in stored(delivery).attempts]


def test_the_list_is_newest_first(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving, now: Clock
) -> None:
    """By time: an id that the engine derives says nothing about it."""
    made = []
    for n in (5, 1, 3):
        made.append(stage(ada, endpoint["id"], f"{n}0000000-0000-5000-8000-000000000000").id)
        now.forward(1)
    other = register(ada, "https://example.com/other")
    stage(ada, other["id"])
    receiver.outcomes = [OK, FAILED]
    worker.handle(body_of(waiting.take()))
    worker.handle(body_of(waiting.take()))
    path = f"{ENDPOINTS}/{endpoint['id']}/deliveries"
    rows = ada.get(path).json["results"]
    assert [row["id"] for row in rows] == made[::-1]
    assert [row["status"] for row in rows] == ["pending", "pending", "succeeded"]
    assert [len(row["attempts"]) for row in rows] == [0, 1, 1]
    assert rows[2] == ada.get(f"{DELIVERIES}/{made[0]}").json
    assert set(rows[2]["attempts"][0]) == {"at", "status_code", "error"}
    page = ada.get(f"{path}?limit=2")
    assert page.json["count"] == 3
    assert page.ids + ada.get(page.json["next"]).ids == made[::-1]


def test_nothing_of_the_body_is_shown(ada: Client, endpoint: Any, waiting: Queue) -> None:
    delivery = stage(ada, endpoint["id"])
    found = ada.get(f"{DELIVERIES}/{delivery.id}")
    assert set(found.json) == {
        "id",
        "endpoint_id",
        "type",
        "status",
        "attempts",
        "next_attempt_on",
        "created_on",
    }
    assert "Größe" not in repr(delivery)


@pytest.mark.parametrize("last", [OK, FAILED])
def test_sending_again_what_is_done(
    ada: Client,
    endpoint: Any,
    waiting: Queue,
    receiver: Receiving,
    monkeypatch: pytest.MonkeyPatch,
    last: Any,
) -> None:
    monkeypatch.setattr(backoff, "MAX_ATTEMPTS", 2)
    receiver.outcomes = [FAILED, last, FAILED, OK]
    delivery = stage(ada, endpoint["id"])
    waiting.work()
    before = [500, last.status_code]
    assert codes(delivery) == before
    reply = redeliver(ada, delivery)
    assert (reply.status, reply.json["status"], reply.json["id"]) == (200, "pending", delivery.id)
    assert reply.json["next_attempt_on"] == clock.timestamp(clock.now())
    waiting.work()
    assert codes(delivery) == [*before, 500, 200]
    assert set(receiver.ids) == {delivery.id}
    assert len({body for _, _, body in receiver.got}) == 1
    assert stored(delivery).status == "succeeded"


def test_sending_now_what_would_wait(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "wait", lambda *_: timedelta(hours=5))
    receiver.outcomes = [FAILED, OK]
    delivery = stage(ada, endpoint["id"])
    worker.handle(body_of(waiting.take()))
    before = clock.now()
    assert redeliver(ada, delivery).status == 200
    worker.handle(body_of(waiting.take()))
    assert clock.now() == before
    assert codes(delivery) == [500, 200]
    waiting.work()
    assert len(receiver.got) == 2


def test_what_is_being_sent_is_left_to_its_worker(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving
) -> None:
    delivery = stage(ada, endpoint["id"])
    replies: list[Any] = []
    receiver.meanwhile = lambda: replies.append(redeliver(ada, delivery))
    waiting.work()
    assert [(one.status, one.json["status"]) for one in replies] == [(200, "pending")]
    assert receiver.ids == [delivery.id]
    assert stored(delivery).status == "succeeded"


def test_two_who_ask_at_the_same_time(
    ada: Client,
    endpoint: Any,
    waiting: Queue,
    receiver: Receiving,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delivery = stage(ada, endpoint["id"])
    waiting.work()
    write = deliveries._write
    overtaken: list[Any] = []

    def slow(new: StoredDelivery, old: StoredDelivery) -> bool:
        if not overtaken:
            overtaken.append(True)
            assert redeliver(ada, delivery).status == 200
        return write(new, old)

    monkeypatch.setattr(deliveries, "_write", slow)
    assert redeliver(ada, delivery).status == 200
    waiting.work()
    assert receiver.ids == [delivery.id] * 2


def test_asking_once_with_a_key(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving
) -> None:
    delivery = stage(ada, endpoint["id"])
    waiting.work()
    replies = [redeliver(ada, delivery, headers={"idempotency-key": "k"}) for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 200]
    assert replies[1].headers["Idempotent-Replayed"] == "true"
    waiting.work()
    assert len(receiver.got) == 2


def test_the_log_of_attempts_has_an_end(
    ada: Client,
    endpoint: Any,
    waiting: Queue,
    receiver: Receiving,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deliveries, "MOST_ATTEMPTS_KEPT", 3)
    delivery = stage(ada, endpoint["id"])
    receiver.outcomes = [FAILED]
    monkeypatch.setattr(backoff, "MAX_ATTEMPTS", 5)
    waiting.work()
    assert len(receiver.got) == 5
    assert len(codes(delivery)) == 3


def test_it_is_kept_for_thirty_days(
    ada: Client, endpoint: Any, waiting: Queue, receiver: Receiving, now: Clock
) -> None:
    delivery = stage(ada, endpoint["id"])
    waiting.work()
    items = tables.items("bookkeeping")
    kept = {key: item for key, item in items.items() if "#DELIVER" in key[0]}
    expected = str(int((clock.moment(delivery.created_on) + timedelta(days=30)).timestamp()))
    assert [item["expires_on"]["N"] for item in kept.values()] == [expected] * 2
    now.forward(20 * 24 * 3600)
    redeliver(ada, delivery)
    later = tables.items("bookkeeping")
    renewed = str(int(expected) + 20 * 24 * 3600)
    assert [later[key]["expires_on"]["N"] for key in kept] == [renewed] * 2


def test_admins_only(ada: Client, ben: Client, root: Client, endpoint: Any, waiting: Queue) -> None:
    delivery = stage(ada, endpoint["id"])
    for one in (delivery.id, UNKNOWN):
        path = f"{DELIVERIES}/{one}"
        assert ben.get(path).problem == (403, "permission_denied")
        assert ben.post(f"{path}/redeliver").problem == (403, "permission_denied")
    assert root.get(f"{DELIVERIES}/{delivery.id}").status == 200
    assert root.post(f"{DELIVERIES}/{delivery.id}/redeliver").status == 200


def test_what_is_not_there(
    ada: Client, eve: Client, endpoint: Any, waiting: Queue, receiver: Receiving
) -> None:
    delivery = stage(ada, endpoint["id"])
    register(eve)
    absent = [
        eve.get(f"{DELIVERIES}/{delivery.id}"),
        redeliver(eve, delivery),
        ada.get(f"{DELIVERIES}/{UNKNOWN}"),
        ada.post(f"{DELIVERIES}/{UNKNOWN}/redeliver"),
        ada.get(f"{DELIVERIES}/nonsense"),
        ada.get(f"{ENDPOINTS}/{UNKNOWN}/deliveries"),
    ]
    assert {reply.problem for reply in absent} == {(404, "not_found")}
    ada.delete(f"{ENDPOINTS}/{endpoint['id']}")
    assert ada.get(f"{DELIVERIES}/{delivery.id}").problem == (404, "not_found")
    assert redeliver(ada, delivery).problem == (404, "not_found")
    assert ada.get(f"{ENDPOINTS}/{endpoint['id']}/deliveries").problem == (404, "not_found")
