"""Brook's functions in this process, on the engine's tables: one thing at a time, without waiting.

What a worker does in threads it does here in turn. So the n-th call of a history is the same one
whenever the history is repeated, which a machine that shrinks its examples depends on. Which of
several reads is late is drawn (`tests/interleaving.py`); what threads do to each other besides is
tried elsewhere (`tests/integration/test_concurrency.py`).
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.endpoint
from botocore.retries.quota import RetryQuota

from crm.http import app, idempotency
from crm.platform.dynamodb import signing_key, table, transaction
from crm.platform.errors import UnavailableError
from crm.platform.s3 import bucket
from crm.platform.stream import concurrency, runner
from tests.assurance.model.engine import BOOKKEEPING, BUCKET, RECORDS, Engine
from tests.assurance.model.injector import Fault, Injector, KilledError
from tests.support.interleaving import in_turn

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "POWERTOOLS_SERVICE_NAME": "brook",
    "RECORDS_TABLE": RECORDS,
    "BOOKKEEPING_TABLE": BOOKKEEPING,
    "BUCKET": BUCKET,
    # By HTTP and in the path, as the engine takes requests: nothing listens there.
    "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
    "CRM_DEFAULT_CURRENCY": "USD",
    "CRM_ALLOWED_FILE_TYPES": "txt",
    "CRM_MAX_FILE_BYTES": "1000",
    # Which request writes to the counter of a minute is the clock's choice, not the history's.
    "CRM_REQUESTS_PER_MINUTE": "0",
    "DEAD_LETTER_QUEUE_URL": "none",
}


class Clock:
    """The time by which leases run out: as it is, and what the history has waited."""

    def __init__(self) -> None:
        self._waited = 0.0

    def time(self) -> float:
        return time.time() + self._waited

    def wait(self, seconds: float) -> None:
        self._waited += seconds


class DeadLetters(list[str]):
    """The queue of what could not be done."""

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        self.append(MessageBody)


@dataclass(frozen=True)
class Worker:
    """The processes of a history below the API.

    Attributes:
        engine: the tables.
        injector: between Brook and the tables.
        clock: of leases.
        dead_letters: stays empty, as there is nothing that cannot be handled.
    """

    engine: Engine
    injector: Injector
    clock: Clock
    dead_letters: DeadLetters

    def is_done(self, handle: Callable[[], object], faults: Sequence[Fault]) -> bool:
        """Have a function handle an event while things go wrong.

        Returns:
            Whether it need not be handled again.
        """
        self.injector.plan(faults)
        try:
            handle()
        except (KilledError, UnavailableError):
            assert self.injector.has_hit, "unavailable, and nothing has gone wrong"
            return False
        finally:
            self.injector.plan([])
        return True


@contextmanager
def working() -> Iterator[Worker]:
    """Have Brook's functions work on tables of their own."""
    clock, dead_letters = Clock(), DeadLetters()
    hurried = SimpleNamespace(
        sleep=lambda _: None, monotonic=time.monotonic, perf_counter=time.perf_counter
    )
    with ExitStack() as held:
        held.enter_context(patch.dict(os.environ, _ENVIRONMENT))
        os.environ.pop("USER_POOL_ID", None)
        held.enter_context(patch.object(concurrency, "_lanes", _InTurn))
        for module in (app, transaction, botocore.endpoint):
            held.enter_context(patch.object(module, "time", hurried))
        held.enter_context(patch.object(idempotency, "time", clock))
        held.enter_context(patch.object(runner, "_client", lambda: dead_letters))
        # What one history has used up must not be missing in the next.
        held.enter_context(patch.object(RetryQuota, "acquire", lambda *_: True))
        held.callback(_forget)
        held.callback(logging.disable, logging.root.manager.disable)
        logging.disable(logging.CRITICAL)
        _forget()
        injector = Injector(Engine())
        held.enter_context(in_turn(injector.interleaving))
        events: Any = table.connection().client.meta.events
        events.register("before-send.dynamodb", injector)
        bucket.client().meta.events.register("before-send.s3", injector.of_files)
        bucket.client().create_bucket(Bucket=BUCKET)
        bucket.client().put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )
        signing_key.cursor_secret()
        yield Worker(injector.engine, injector, clock, dead_letters)


def _forget() -> None:
    table.connection.cache_clear()
    signing_key.cursor_secret.cache_clear()
    bucket.client.cache_clear()


class _InTurn:
    """An executor that has done what it is given before it answers."""

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*arguments))
        except BaseException as error:
            done.set_exception(error)
        return done
