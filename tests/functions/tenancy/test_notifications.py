"""/api/notifications"""

from typing import Any

import pytest

from crm.platform import clock, ids
from crm.platform.dynamodb.transaction import StaleReadError, Transaction
from crm.records.registry import KINDS
from crm.tenancy.notifications import service
from crm.tenancy.notifications.schemas import Notification
from tests.support import tables
from tests.support.client import Client

pytestmark = pytest.mark.thorough

PATH = "/api/notifications"
UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"
DEAL = ("deal", "01a1ffdb-0000-7000-8000-00000000000d")


def notify(
    reader: Client, notification_id: str | None = None, record: Any = DEAL, subject: str = "Won"
) -> Notification:
    transaction = Transaction()
    made = service.notify(
        transaction,
        str(reader.organization_id),
        reader.user_id,
        notification_id or ids.new_id(),
        subject,
        "The deal\nis won.",
        record,
    )
    assert len(transaction) == service.OPERATIONS
    transaction.commit()
    return made


def test_one(ben: Client) -> None:
    made = notify(ben)
    reply = ben.get(f"{PATH}/{made.id}")
    assert reply.status == 200
    assert reply.headers["ETag"] == '"1"'
    assert reply.json == {
        "id": made.id,
        "subject": "Won",
        "body": "The deal\nis won.",
        "record": {"type": "deal", "id": DEAL[1]},
        "is_read": False,
        "read_on": None,
        "created_on": made.created_on,
        "created_by": ben.user_id,
        "updated_on": made.created_on,
        "updated_by": ben.user_id,
        "version": 1,
    }
    assert ben.get(PATH).json["results"] == [reply.json]


def test_one_about_nothing(ben: Client) -> None:
    assert ben.get(f"{PATH}/{notify(ben, record=None).id}").json["record"] is None


def test_reading_one(ben: Client) -> None:
    made = notify(ben)
    reply = ben.post(f"{PATH}/{made.id}/read")
    assert (reply.status, reply.headers["ETag"]) == (200, '"2"')
    assert (reply.json["is_read"], reply.json["version"]) == (True, 2)
    assert made.created_on <= reply.json["read_on"] <= reply.json["updated_on"]
    assert ben.get(f"{PATH}/{made.id}").json == reply.json
    before = tables.items()
    again = ben.post(f"{PATH}/{made.id}/read")
    assert (again.status, again.json) == (200, reply.json)
    assert tables.items() == before


def test_two_who_read_at_the_same_time(ben: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"{PATH}/{notify(ben).id}/read"
    commit = Transaction.commit
    overtaken: list[Any] = []

    def slow(transaction: Transaction) -> None:
        if not overtaken:
            overtaken.append(True)
            assert ben.post(path).json["version"] == 2
        commit(transaction)

    monkeypatch.setattr(Transaction, "commit", slow)
    reply = ben.post(path)
    assert (reply.status, reply.json["version"]) == (200, 2)


def test_lists(ben: Client, cleo: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newest first by time: an id that a rule derives says nothing about it."""
    made = []
    now = clock.now()
    for n in (7, 2, 9, 4):
        now += clock.from_milliseconds(1000) - clock.from_milliseconds(0)
        monkeypatch.setattr(clock, "now", lambda moment=now: moment)
        made.append(notify(ben, f"{n}0000000-0000-5000-8000-000000000000").id)
    other = notify(cleo)
    ben.post(f"{PATH}/{made[1]}/read")
    newest_first = made[::-1]
    assert ben.get(PATH).ids == newest_first
    unread = [one for one in newest_first if one != made[1]]
    assert ben.get(f"{PATH}?unread=true").ids == unread
    assert ben.get(f"{PATH}?unread=true").json["count"] == 3
    assert ben.get(f"{PATH}?unread=false").ids == [made[1]]
    page = ben.get(f"{PATH}?unread=true&limit=2")
    assert page.ids + ben.get(page.json["next"]).ids == unread
    assert cleo.get(PATH).ids == [other.id]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("unread=maybe", (422, "validation_failed")),
        ("unread=", (422, "validation_failed")),
        ("limit=0", (422, "validation_failed")),
        ("read=true", (400, "unknown_parameter")),
    ],
)
def test_parameters(ben: Client, query: str, problem: tuple[int, str]) -> None:
    assert ben.get(f"{PATH}?{query}").problem == problem


def test_nobody_elses(ben: Client, cleo: Client, ada: Client, root: Client, eve: Client) -> None:
    made = notify(ben)
    paths = (f"{PATH}/{made.id}", f"{PATH}/{UNKNOWN}", f"{PATH}/nonsense")
    for other in (ada, cleo, root, eve, ben.within(eve.organization_id)):
        for path in paths:
            expected = (403, "not_a_member") if other.user_id == ben.user_id else (404, "not_found")
            assert other.get(path).problem == expected
            assert other.post(f"{path}/read").problem == expected
    assert [one.get(PATH).ids for one in (ada, cleo, root, eve)] == [[], [], [], []]
    assert ben.get(f"{PATH}/{made.id}").json["is_read"] is False


def test_there_is_nothing_else_to_do(ben: Client) -> None:
    path = f"{PATH}/{notify(ben).id}"
    assert ben.delete(path).problem == (405, "method_not_allowed")
    assert ben.patch(path, {"is_read": True}).problem == (405, "method_not_allowed")
    assert ben.post(PATH, {}).problem == (405, "method_not_allowed")
    assert ben.get(f"{path}/read").problem == (405, "method_not_allowed")


def test_one_is_told_once(ben: Client) -> None:
    made = notify(ben)
    with pytest.raises(StaleReadError):
        notify(ben, made.id)
    assert ben.get(PATH).json["count"] == 1


def test_the_stream_knows_the_kind() -> None:
    assert KINDS["notification"] is Notification
