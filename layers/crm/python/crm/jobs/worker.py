"""Takes jobs further, step by step, as their queue asks for it.

No function has to live long: it works for a while, then asks to be called again. A message only
names a job, and the job's item says how far it is. So a worker that dies is followed by the one
that gets its message next, and a message too many finds nothing to do.
"""

import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

from aws_lambda_powertools import Logger

from crm.jobs import queue
from crm.jobs import service as jobs
from crm.jobs.records import Job
from crm.platform.dynamodb.transaction import StaleReadError

SECONDS = 20.0
"""How long one call works."""

ATTEMPTS = 10
"""How often a message comes, as template.yaml says of the queues. The last time, its job is given
up: one whose worker is killed each time would never end."""

GIVEN_UP = "It could not be done, for reasons of our own."

AnyJob = TypeVar("AnyJob", bound=Job)
Step = Callable[[AnyJob], AnyJob]
"""Does the next part of the work, commits it by `jobs.advance`, and answers the job after it."""

logger = Logger(stream=sys.stderr)


class Worker(Generic[AnyJob]):
    """Works at the jobs of one kind.

    Args:
        kind: the jobs.
        step: takes one of them further.
    """

    def __init__(self, kind: type[AnyJob], step: Step[AnyJob]) -> None:
        self._kind = kind
        self._step = step

    def run(self, event: Mapping[str, Any]) -> None:
        """Handle an event of the queue, whose batches hold one message.

        Raises:
            Exception: whatever went wrong. The message comes again.
        """
        for message in event["Records"]:
            named = queue.read(message["body"])
            received = int(message["attributes"]["ApproximateReceiveCount"])
            if received >= ATTEMPTS and self._give_up(**named):
                logger.error("job given up", kind=self._kind.KIND, **named)
            else:
                self.work(**named, lives=partial(queue.hold, message["receiptHandle"]))

    def work(self, organization_id: str, job_id: str, lives: Callable[[], None]) -> None:
        """Take a job further, until it is done or the time is over.

        Args:
            organization_id: whose it is.
            job_id: the job.
            lives: is called before each step.
        """
        until = time.monotonic() + SECONDS
        job = jobs.read(self._kind, organization_id, job_id)
        while job is not None and job.has_work:
            if time.monotonic() > until:
                queue.wake(job)
                return
            lives()
            try:
                job = self._step(job)
            except StaleReadError:
                found = jobs.read(self._kind, organization_id, job_id)
                if found is None or found.step != job.step:
                    # Another worker is at it. Should that one die, its message comes again.
                    return
                job = found
        if job is not None:
            logger.info(
                "job",
                kind=self._kind.KIND,
                organization_id=organization_id,
                job_id=job_id,
                status=job.status,
                step=job.step,
            )

    def _give_up(self, organization_id: str, job_id: str) -> bool:
        """End a job as failed, if it has not ended, and have its last things seen to."""
        job = jobs.read(self._kind, organization_id, job_id)
        if job is None or job.is_over:
            return False
        given_up = jobs.advance(job, job.ended("failed", GIVEN_UP))
        if given_up.has_work:
            queue.wake(given_up)
        return True
