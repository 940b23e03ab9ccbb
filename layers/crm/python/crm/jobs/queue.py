"""The queue of jobs. A message only names a job, so a surplus message is harmless."""

import json
from typing import Any

from crm.jobs.records import Job
from crm.platform import config, sqs

HOLD_SECONDS = 60
"""Seconds without a sign of life until the message is redelivered. Most steps are shorter."""


def wake(job: Job, seconds: float = 0.0) -> None:
    """Enqueue a job to be continued, after a delay in seconds; idempotent."""
    named = {"organization_id": job.organization_id, "job_id": job.id}
    sqs.send(config.jobs_queue_url(), named, seconds)


def hold(receipt: str) -> None:
    """Extend the visibility timeout of a message whose worker is alive."""
    sqs.hold(config.jobs_queue_url(), receipt, HOLD_SECONDS)


def read(body: str) -> dict[str, Any]:
    """Parse a message: `organization_id` and `job_id`."""
    named: dict[str, Any] = json.loads(body)
    return named
