"""The queue of jobs. A message only names one, so one too many does no harm."""

import json

from crm import config, messages
from crm.jobs.records import Job

HOLD_SECONDS = 60
"""How long a worker is silent before another one follows. Steps are shorter, as a rule."""


def wake(job: Job) -> None:
    """Have a job taken further; safe to repeat."""
    named = {"organization_id": job.organization_id, "job_id": job.id}
    messages.send(config.jobs_queue_url(), named)


def hold(receipt: str) -> None:
    """Say of a message that its worker lives."""
    messages.hold(config.jobs_queue_url(), receipt, HOLD_SECONDS)


def read(body: str) -> dict[str, str]:
    """What a message names: `organization_id` and `job_id`."""
    named: dict[str, str] = json.loads(body)
    return named
