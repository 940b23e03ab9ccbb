"""Exports whose workers die: the file is whole nevertheless, and holds each row once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient

from crm.administration.exports import records as writing
from crm.administration.exports.schemas import Export
from crm.administration.exports.worker import WORKER, step
from crm.jobs import service as jobs
from crm.platform.dynamodb.transaction import StaleReadError
from crm.platform.s3 import multipart_upload
from tests.support.client import Client
from tests.support.cloud import Cloud
from tests.support.crashes import CrashError
from tests.support.deals import deal
from tests.support.exports import EXPORTS, begin, listed, records, shown, work
from tests.support.multipart import make_parts_small

pytestmark = pytest.mark.thorough

WRITES = {
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CreateMultipartUpload",
    "DeleteObject",
    "PutItem",
    "PutObject",
    "SendMessage",
    "UploadPart",
}


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of two rows, and parts of about three."""
    monkeypatch.setattr(writing, "PAGE", 2)
    monkeypatch.setattr(writing, "STEP_SECONDS", -1.0)
    make_parts_small(monkeypatch, 1000, 2500)


@pytest.fixture
def deals(ada: Client) -> list[Any]:
    """A few, as their list answers them."""
    first = deal(ada)
    for n in range(6):
        deal(ada, f"Nr {n}", entity_id=first["entity_id"])
    return listed(ada, "/api/deals")


@contextmanager
def dying_after(writes: int, *, unheard: bool) -> Iterator[list[str]]:
    """Die after so many writes.

    Args:
        writes: how many.
        unheard: the last one does not take place.
    """
    done: list[str] = []
    call = vars(BaseClient)["_make_api_call"]

    def called(client: Any, name: str, arguments: Any) -> Any:
        if name not in WRITES:
            return call(client, name, arguments)
        done.append(name)
        if unheard and len(done) == writes:
            raise CrashError
        answer = call(client, name, arguments)
        if len(done) == writes:
            raise CrashError
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", called)
        yield done


def completed(who: Client, job_id: str) -> None:
    """Let a worker work at an export until it is done."""
    WORKER.work(str(who.organization_id), job_id, lives=lambda: None)


def worked(who: Client, job_id: str, writes: int, *, unheard: bool) -> bool:
    """Let a worker do what it does before it dies; whether it lived."""
    with dying_after(writes, unheard=unheard):
        try:
            completed(who, job_id)
        except CrashError:
            return False
    return True


@pytest.mark.parametrize("unheard", [True, False])
def test_a_worker_that_dies_at_any_write(
    ada: Client, deals: list[Any], cloud: Cloud, unheard: bool
) -> None:
    for writes in range(1, 100):
        made = begin(ada).json
        lived = worked(ada, made["id"], writes, unheard=unheard)
        completed(ada, made["id"])
        assert records(ada, shown(ada, made["id"])) == deals, writes
        stored = cloud.objects(f"exports/{ada.organization_id}/{made['id']}/")
        # What was kept, and never committed, is left to the bucket's lifecycle.
        assert len([key for key in stored if ".steps/" in key]) <= 1, writes
        if lived:
            assert writes > 10
            return
    raise AssertionError("it never lived")


@pytest.mark.parametrize("writes", [6, 7, 9])
def test_workers_that_die_again_and_again(ada: Client, deals: list[Any], writes: int) -> None:
    made = begin(ada).json
    for _ in range(50):
        if worked(ada, made["id"], writes, unheard=False):
            break
    assert records(ada, shown(ada, made["id"])) == deals


def test_two_workers_at_the_same_steps(ada: Client, deals: list[Any]) -> None:
    """Each step is done twice; the second one finds that it is."""
    made = begin(ada).json
    organization_id = str(ada.organization_id)
    for _ in range(50):
        before = jobs.read(Export, organization_id, made["id"])
        assert before is not None
        if not before.has_work:
            break
        step(before)
        with pytest.raises(StaleReadError):
            step(before)
    assert records(ada, shown(ada, made["id"])) == deals


def test_a_worker_that_writes_over_another_one_s_part(
    ada: Client, deals: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The written part has changed: the file is begun again."""
    made = begin(ada).json
    complete, broken = multipart_upload.complete, [True]

    def overtaken(key: str, upload_id: str, parts: Any) -> None:
        if broken:
            broken.clear()
            multipart_upload.send(key, upload_id, 1, b"x" * 2000)
        complete(key, upload_id, parts)

    monkeypatch.setattr(multipart_upload, "complete", overtaken)
    completed(ada, made["id"])
    assert not broken
    assert records(ada, shown(ada, made["id"])) == deals


@pytest.mark.parametrize("steps", range(1, 7))
def test_an_export_that_is_cancelled_at_any_step(
    ada: Client, deals: list[Any], cloud: Cloud, steps: int
) -> None:
    made = begin(ada).json
    job = jobs.read(Export, str(ada.organization_id), made["id"])
    for _ in range(steps):
        if job is not None and job.has_work:
            job = step(job)
    reply = ada.post(f"{EXPORTS}/{made['id']}/cancel")
    if reply.status == 409:
        assert records(ada, shown(ada, made["id"])) == deals
        return
    work(cloud)
    assert shown(ada, made["id"])["status"] == "cancelled"
    assert cloud.objects("exports/") == []
