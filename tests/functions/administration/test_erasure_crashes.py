"""Erasures whose workers die, wherever: another one goes on, and nothing is left."""

from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from crm.administration.erasure import person, queue
from crm.administration.erasure.schemas import Erasure
from crm.jobs import service as jobs
from crm.platform.dynamodb.table import Table
from tests.support.client import Client
from tests.support.cloud import Cloud
from tests.support.crashes import CrashError
from tests.support.entities import entity
from tests.support.erasures import begin, everywhere, followed, note, prepare, shown, work
from tests.support.related import about, attach
from tests.support.tables import WRITES, restore, snapshot

pytestmark = pytest.mark.thorough

WORD = "Zanzibar"
ENOUGH = 6
"""Calls that an erasure takes, the stream following each of them."""


@pytest.fixture(autouse=True)
def _prepared(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch, cloud)
    monkeypatch.setattr(queue, "WORKER_SECONDS", -1)


class Dying:
    """Workers the last of which dies at one of their writes of single items and batches.

    Args:
        number: of the write.
        unheard: it does not take place.
    """

    def __init__(self, number: int, *, unheard: bool) -> None:
        self._left, self._unheard = number, unheard
        self.is_dead = False

    def run(self, message: dict[str, str]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for name in WRITES:
                patch.setattr(Table, name, self._counted(getattr(Table, name)))
            with suppress(CrashError):
                person.run(message)

    def _counted(self, whole: Callable[..., Any]) -> Callable[..., Any]:
        def write(*given: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0 and self._unheard:
                self.is_dead = True
                raise CrashError
            answer = whole(*given, **named)
            if self._left <= 0:
                self.is_dead = True
                raise CrashError
            return answer

        return write


@pytest.mark.parametrize("unheard", [False, True])
def test_wherever_it_dies(ada: Client, cloud: Cloud, unheard: bool) -> None:
    with followed():
        one = entity(ada, WORD, type="contact", note=WORD)
        attach(ada, "activity", about(ada, "entity", one, note(WORD)), description=WORD)
    with followed():
        job = begin(ada, "entity", one["id"]).json
    message = {
        "kind": "person",
        "organization_id": str(ada.organization_id),
        "erasure_id": job["id"],
    }
    begun = snapshot()
    for number in count(2, 9):
        restore(begun)
        dying = Dying(number, unheard=unheard)
        for _ in range(ENOUGH):
            with followed():
                dying.run(message)
            if dying.is_dead:
                break
        queue.send(message)
        done = work(cloud, ada, job["id"])
        assert everywhere(WORD) == [], number
        assert done["status"] == "succeeded"
        if not dying.is_dead:
            break
    assert number > 20


def test_a_job_that_is_gone_is_worked_at_no_more(ada: Client, cloud: Cloud) -> None:
    with followed():
        one = entity(ada, WORD, type="contact")
    with followed():
        job = begin(ada, "entity", one["id"]).json
    work(cloud, ada, job["id"])
    assert shown(ada, job["id"])["status"] == "succeeded"
    assert cloud.erasing_events() == []
    organization_id = str(ada.organization_id)
    message = {"kind": "person", "organization_id": organization_id, "erasure_id": job["id"]}
    assert not queue.take(message)
    person.run(message)
    assert jobs.read(Erasure, organization_id, job["id"]) is not None
