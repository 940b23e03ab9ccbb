"""Erases one person, task by task and page by page, until nothing is left.

The transaction that began the erasure deleted the record and marked its line of the deletion log.
Dependents are marked before they are deleted, so that each reader of the stream knows that a
record is erased. Once the readers have processed the deletion of a record, what they stored of it
is deleted: nothing follows it in the stream, and a repeated delivery finds the mark.
"""

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger

from crm.administration.erasure import (
    dependents,
    export_files,
    idempotency_records,
    notices,
    profiles,
    queue,
    system_data,
)
from crm.administration.erasure.batches import Deadline, NotReadyError, TimeIsUpError
from crm.administration.erasure.schemas import MEMBER, Erasure
from crm.administration.erasure.scope import ErasureScope
from crm.jobs import service as jobs
from crm.platform import config, sqs
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.queries import record_id_of
from crm.platform.dynamodb.table import RECORDS, SYSTEM
from crm.platform.dynamodb.transaction import StaleReadError
from crm.records import deletion_log, timeline_events
from crm.sales.entities.schemas import Entity
from crm.tenancy.members.schemas import ALL_LIST, FORMER_LIST, Member

SECONDS = 20.0
"""Time limit of one call."""

PAUSE_SECONDS = 3
"""Delay of the next attempt while the erasure waits for the stream or another worker."""

PEOPLE = 10
"""Members per step, after which the progress of the erasure is stored."""

PAGE = 100

logger = Logger(stream=sys.stderr)


@dataclass(frozen=True)
class Done:
    """Result of a step of a task.

    Attributes:
        counts: the numbers of erased items.
        position: the position at which the task continues; None when it is done.
    """

    counts: Mapping[str, int]
    position: str | None = None


Task = Callable[[str | None, Deadline], Done]
"""Executes the next step of a task from a position, None for the beginning; safe to repeat.

Raises:
    TimeIsUpError: The deadline has passed before the step was done.
    NotReadyError: The step has to wait for a worker or the stream.
    StaleReadError: An item was changed concurrently.
"""


def run(message: Mapping[str, Any]) -> None:
    """Continue an erasure; an interruption at any moment is safe.

    Args:
        message: the erasure's `Erasure.message`.
    """
    if not queue.take(message):
        return
    job = jobs.read(Erasure, message["organization_id"], message["erasure_id"])
    pause = _work(job) if job is not None and not job.is_over else None
    if pause is None:
        queue.settle(message)
        return
    queue.put_off(message, 0)
    sqs.send(config.erasing_queue_url(), message, pause)


def _work(job: Erasure) -> float | None:
    """Execute steps until the deadline.

    Returns:
        The seconds after which to continue; None when all tasks are done.
    """
    deadline = Deadline(SECONDS)
    job = jobs.advance(job, job.begun()) if job.status == "pending" else job
    tasks = tasks_of(job)
    try:
        while job.task < len(tasks):
            deadline.check()
            job = _advanced(job, tasks[job.task](job.position, deadline))
    except TimeIsUpError:
        return 0
    except (StaleReadError, NotReadyError):
        return PAUSE_SECONDS
    job = jobs.advance(job, job.ended("succeeded"))
    # After a backup is restored, the erasures since then are repeated: this line names them.
    logger.info(
        "erased",
        organization_id=job.organization_id,
        job_id=job.id,
        record_type=job.record_type,
        record_id=job.record_id,
    )
    return None


def _advanced(job: Erasure, done: Done) -> Erasure:
    total = Counter(job.erased) + Counter(done.counts)
    task = job.task + (done.position is None)
    return jobs.advance(job, job.changed(erased=dict(total), task=task, position=done.position))


def tasks_of(job: Erasure) -> list[Task]:
    """Return the tasks of an erasure, in order."""
    organization_id = job.organization_id
    erased = ErasureScope(organization_id, [RecordRef(job.record_type, one) for one in job.roots])
    if job.record_type == MEMBER:
        own = partial(_member, job)
        return [
            own,
            partial(_exports, job),
            partial(_imports, job, erased),
            *(partial(_others, job, name) for name in (ALL_LIST, FORMER_LIST)),
            partial(_restored, job),
        ]
    return [
        *(partial(_mark, organization_id, root) for root in erased.roots),
        *(partial(_delete_dependents, organization_id, root) for root in erased.roots),
        *(partial(_made, organization_id, root) for root in erased.roots),
        *(partial(_activities, organization_id, root) for root in erased.roots),
        *(partial(_attachments, organization_id, root) for root in erased.roots),
        *(partial(_record, organization_id, root) for root in erased.roots),
        partial(_exports, job),
        partial(_imports, job, erased),
        *(partial(_told, erased, name) for name in (ALL_LIST, FORMER_LIST)),
    ]


def _mark(organization_id: str, root: RecordRef, position: str | None, _deadline: Deadline) -> Done:
    return Done({}, dependents.mark(organization_id, root, position))


def _delete_dependents(
    organization_id: str, root: RecordRef, _: str | None, _deadline: Deadline
) -> Done:
    dependents.delete(organization_id, root)
    return Done({})


def _made(organization_id: str, root: RecordRef, _: str | None, _deadline: Deadline) -> Done:
    dependents.delete_made(organization_id, root)
    return Done({})


def _activities(
    organization_id: str, root: RecordRef, position: str | None, deadline: Deadline
) -> Done:
    return Done(*dependents.erase_activities(organization_id, root, position, deadline))


def _attachments(organization_id: str, root: RecordRef, _: str | None, deadline: Deadline) -> Done:
    return Done(dependents.erase_attachments(organization_id, root, deadline))


def _record(organization_id: str, root: RecordRef, _: str | None, deadline: Deadline) -> Done:
    """Erase what a record of the person left behind, and what rules made for it."""
    line = deletion_log.find(organization_id, *root)
    if line is not None and line.is_awaited:
        raise NotReadyError
    if line is not None:
        _erase_conversion(organization_id, root[1], line)
    counts = dependents.erase_made(organization_id, root, deadline)
    counts.update(system_data.delete(organization_id, *root))
    return Done(counts)


def _erase_conversion(organization_id: str, lead_id: str, line: deletion_log.Line) -> None:
    """Delete the conversion of a lead, which gives its name, from the timelines of its results."""
    became = [("deal", line.item.get("deal_id")), (Entity.KIND, line.item.get("contact_id"))]
    for kind, record_id in became:
        if record_id is None:
            continue
        pk = timeline_events.pk_of(organization_id, RecordRef(kind, record_id))
        for found in RECORDS.pages(pk, (LOWEST, HIGHEST), PAGE):
            events = [one for one in found if one["data"].get("lead_id") == lead_id]
            RECORDS.batch_write([], [Key(one["pk"], one["sk"]) for one in events])


def _exports(job: Erasure, position: str | None, deadline: Deadline) -> Done:
    """Delete the file of the next export."""
    before = export_files.before(job.organization_id, "export", position or job.id)
    export_id = next(before, None)
    if export_id is None:
        return Done({})
    return Done(export_files.of_export(job.organization_id, export_id, deadline), export_id)


def _imports(job: Erasure, erased: ErasureScope, position: str | None, deadline: Deadline) -> Done:
    """Delete the files of the next import, and the values that matched erased records."""
    before = export_files.before(job.organization_id, "import", position or job.id)
    import_id = next(before, None)
    if import_id is None:
        return Done({})
    export_files.erase_matches(erased, import_id)
    return Done(export_files.of_import(job.organization_id, import_id, deadline), import_id)


def _told(erased: ErasureScope, name: str, position: str | None, _deadline: Deadline) -> Done:
    """Erase notifications and responses about the person to the next members of a list."""
    counts: Counter[str] = Counter()
    members, following = _members(erased.organization_id, name, position)
    for user_id in members:
        counts["notifications"] += notices.erase(erased.organization_id, user_id, erased)
        chosen = idempotency_records.about(erased)
        counts["answers"] += idempotency_records.erase(erased.organization_id, user_id, chosen)
    return Done(counts, following)


def _member(job: Erasure, _: str | None, _deadline: Deadline) -> Done:
    """Erase a member's notifications, responses and, if in no other organization, their account."""
    counts: Counter[str] = Counter()
    counts["notifications"] = notices.erase(job.organization_id, job.record_id, None)
    counts["answers"] = idempotency_records.erase(
        job.organization_id, job.record_id, idempotency_records.all_of
    )
    counts["accounts"] = profiles.of_user(job.record_id)
    return Done(counts)


def _others(job: Erasure, name: str, position: str | None, _deadline: Deadline) -> Done:
    """Empty responses to the next members of a list that show the person."""
    members, following = _members(job.organization_id, name, position)
    chosen = idempotency_records.showing(job.record_id)
    emptied = sum(idempotency_records.erase(job.organization_id, one, chosen) for one in members)
    return Done({"answers": emptied}, following)


def _restored(job: Erasure, position: str | None, _deadline: Deadline) -> Done:
    """Delete the items that map a person of an archive to this user."""
    pk = keys.restored_person(job.organization_id, "").pk
    start = Key(pk, position) if position else None
    people_kept = SYSTEM.query(pk, (LOWEST, HIGHEST), PAGE, start=start)
    of_them = [one for one in people_kept if one.get("user_id") == job.record_id]
    SYSTEM.batch_write([], [Key(one["pk"], one["sk"]) for one in of_them])
    return Done({}, str(people_kept[-1]["sk"]) if len(people_kept) == PAGE else None)


def _members(organization_id: str, name: str, position: str | None) -> tuple[list[str], str | None]:
    """Return the next members of a list, and the position of those after them."""
    pk = keys.index_item(organization_id, Member.KIND, name, LOWEST).pk
    start = Key(pk, position) if position else None
    entries = RECORDS.query(pk, (LOWEST, HIGHEST), PEOPLE, start=start)
    following = str(entries[-1]["sk"]) if len(entries) == PEOPLE else None
    return [record_id_of(entry) for entry in entries], following
