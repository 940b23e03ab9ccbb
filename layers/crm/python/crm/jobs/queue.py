"""The queue of jobs. A message only names one, so one too many does no harm."""

import json
from typing import Any

from crm.jobs.records import Job
from crm.platform import config, sqs

HOLD_SECONDS = 60
"""How long a worker is silent before another one follows. Steps are shorter, as a rule."""


def wake(job: Job, seconds: float = 0.0) -> None:
    """Have a job taken further, in so many seconds; safe to repeat."""
    named = {"organization_id": job.organization_id, "job_id": job.id}
    sqs.send(config.jobs_queue_url(), named, seconds)


def hold(receipt: str) -> None:
    """Say of a message that its worker lives."""
    sqs.hold(config.jobs_queue_url(), receipt, HOLD_SECONDS)


def read(body: str) -> dict[str, Any]:
    """What a message names: `organization_id` and `job_id`."""
    named: dict[str, Any] = json.loads(body)
    return named
