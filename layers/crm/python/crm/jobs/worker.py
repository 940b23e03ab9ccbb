"""Advances jobs step by step, on messages of their queue.

No function has to run long: it works for a while, then enqueues the job again. A message only
names a job, and the job's item holds its progress. So a worker that receives the message of a
crashed one continues the job, and a surplus message finds no work.
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
"""Seconds of work per call."""

ATTEMPTS = 10
"""Deliveries of a message, as in template.yaml. On the last one its job fails: a job whose worker
is killed each time would never end."""

GIVEN_UP = "It could not be done, for reasons of our own."

AnyJob = TypeVar("AnyJob", bound=Job)
Step = Callable[[AnyJob], AnyJob]
"""Does the next part of the work, commits it by `jobs.advance`, and returns the changed job."""

logger = Logger(stream=sys.stderr)


class Worker(Generic[AnyJob]):
    """Worker for the jobs of one kind.

    Args:
        kind: the class of the jobs.
        step: advances a job by one step.
    """

    def __init__(self, kind: type[AnyJob], step: Step[AnyJob]) -> None:
        self._kind = kind
        self._step = step

    def run(self, event: Mapping[str, Any]) -> None:
        """Handle an event of the queue, whose batches contain one message.

        Raises:
            Exception: A step failed for any reason. The message is redelivered.
        """
        for message in event["Records"]:
            named = queue.read(message["body"])
            received = int(message["attributes"]["ApproximateReceiveCount"])
            if received >= ATTEMPTS and self._give_up(**named):
                logger.error("job given up", kind=self._kind.KIND, **named)
            else:
                self.work(**named, lives=partial(queue.hold, message["receiptHandle"]))

    def work(self, organization_id: str, job_id: str, lives: Callable[[], None]) -> None:
        """Advance a job until it is done or the time is over.

        Args:
            organization_id: the organization of the job.
            job_id: the id of the job.
            lives: called before each step.
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
                    # Another worker advances the job. If it dies, its message is redelivered.
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
        """End a running job as failed and enqueue its final work; return whether it was running."""
        job = jobs.read(self._kind, organization_id, job_id)
        if job is None or job.is_over:
            return False
        given_up = jobs.advance(job, job.ended("failed", GIVEN_UP))
        if given_up.has_work:
            queue.wake(given_up)
        return True
