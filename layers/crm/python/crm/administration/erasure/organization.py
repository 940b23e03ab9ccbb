"""Erases all data of a deleted organization, found by its keys alone.

There are three passes. The first, at once, finds nearly everything. The second begins when all
work for the organization has ended: requests that read their membership before it was deleted, and
workers in the middle of a step. The last begins when the stream has dropped its records, so that
no projection is derived from them any more.

A pass that is interrupted, by its deadline or the end of its process, starts again: erased items
are not found again, so it continues where it was. Rules are erased first: no erasure triggers one.
"""

from collections.abc import Callable
from functools import partial

from crm.administration.archive.source import lists_of
from crm.administration.erasure import (
    aggregates,
    automation_data,
    files,
    inventory,
    queue,
    records,
    system_data,
    user,
)
from crm.administration.erasure.batches import (
    Deadline,
    TimeIsUpError,
    delete_partition,
    keys_of,
    pages,
)
from crm.administration.erasure.queue import Message
from crm.platform import clock
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.queries import record_id_of, record_ids_of
from crm.platform.dynamodb.record import Record
from crm.platform.dynamodb.table import RECORDS, SYSTEM, Table
from crm.platform.stream import concurrency
from crm.records import deletion_log
from crm.records.custom_fields.schemas import CustomField
from crm.records.registry import KINDS, RECORD_KINDS, RECORD_TYPES
from crm.sales.entities.schemas import Relationship
from crm.sales.pipelines.schemas import Pipeline
from crm.tenancy import tombstones
from crm.tenancy.members import service as members
from crm.tenancy.members.schemas import ALL_LIST, FORMER_LIST, Member
from crm.tenancy.teams.schemas import Team
from crm.tenancy.tombstones import Tombstone
from crm.webhooks.schemas import WebhookEndpoint
from crm.workflows.rules.schemas import WorkflowRule

SECONDS = 20.0
"""Time limit of one call."""

PASSES = (0, 20 * 60, 25 * 3600)
"""Seconds from the deletion to the beginning of each pass. The second: no function runs longer than
a quarter of an hour (template.yaml). The last: the stream keeps records for a day."""

PAGE = 100

SETTINGS: tuple[type[Record], ...] = (WorkflowRule, WebhookEndpoint)
"""Kinds that act by themselves, and are erased first."""

OTHERS: tuple[type[Record], ...] = (CustomField, Pipeline, Team)
"""Kinds of settings that records use, and that are erased after them."""

NOTED: tuple[type[Record], ...] = (*SETTINGS, Pipeline)
"""Kinds by whose ids other items are found, besides users and jobs."""

COUNTED = (CustomField.KIND, Pipeline.KIND, WebhookEndpoint.KIND, WorkflowRule.KIND)
"""Kinds with a limited number of records, per record type or in total."""

GROUPS = ("all", Relationship.KIND, *KINDS)


def run(message: Message) -> None:
    """Continue the erasure of an organization; an interruption at any moment is safe.

    Args:
        message: the message of the pending erasure, with the id of the organization.
    """
    if not queue.take(message):
        return
    stone = tombstones.find(message["organization_id"])
    if stone is None:
        raise LookupError("an organization that stands cannot be erased")
    if stone.done_on is not None:
        queue.settle(message)
        return
    try:
        _Pass(stone, Deadline(SECONDS)).go()
    except TimeIsUpError:
        queue.put_off(message, 0)
        queue.send(message)
    else:
        _passed(message, stone)


def _passed(message: Message, stone: Tombstone) -> None:
    """Schedule the next pass; after the last one, settle the erasure."""
    following = stone.passes + 1
    tombstones.passed(stone, is_last=following == len(PASSES))
    if following == len(PASSES):
        queue.settle(message)
        return
    since = clock.seconds_between(stone.begun_on, clock.timestamp(clock.now()))
    queue.put_off(message, max(PASSES[following] - since, 0))


class _Pass:
    """One pass over all data of an organization.

    Raises:
        TimeIsUpError: A step was not completed before the deadline.
    """

    def __init__(self, stone: Tombstone, deadline: Deadline) -> None:
        self._organization_id = stone.organization_id
        self._passes = stone.passes
        self._is_last = stone.passes + 1 == len(PASSES)
        self._deadline = deadline

    def go(self) -> None:
        """Erase everything, each item before the item that it is found by."""
        members.delete_all(self._organization_id)
        self._note()
        for kind in SETTINGS:
            self._erase_kind(kind)
        self._erase_works()
        for kind in (*map(RECORD_KINDS.__getitem__, reversed(RECORD_TYPES)), *OTHERS):
            self._erase_kind(kind)
        self._erase_remains()
        self._each(inventory.VISITOR, partial(user.erase_kept, self._organization_id))
        self._each(inventory.USER, partial(user.erase, self._organization_id))
        for name in (FORMER_LIST, ALL_LIST):
            records.erase(Member, self._organization_id, name, self._deadline)
        aggregates.erase(self._organization_id, self._deadline, is_last=self._is_last)
        self._erase_single_items()
        files.erase(self._organization_id, self._deadline)
        if self._is_last:
            inventory.erase(self._organization_id, self._deadline)

    def _note(self) -> None:
        """Store the ids by which other items are found, before their items are deleted."""
        for name in (ALL_LIST, FORMER_LIST):
            self._note_list(inventory.USER, RECORDS, keys.index_item(*self._member_list(name)).pk)
        for kind in NOTED:
            for name in lists_of(kind):
                entry = keys.index_item(self._organization_id, kind.KIND, name, LOWEST)
                self._note_list(kind.KIND, RECORDS, entry.pk)
            self._note_gone(kind.KIND)
        for job in inventory.JOBS:
            entry = keys.job_entry(self._organization_id, job, "all", LOWEST)
            self._note_list(job, SYSTEM, entry.pk)

    def _member_list(self, name: str) -> tuple[str, str, str, str]:
        return self._organization_id, Member.KIND, name, LOWEST

    def _note_list(self, kind: str, table: Table, pk: str) -> None:
        for entries in table.pages(pk, (LOWEST, HIGHEST), PAGE):
            inventory.note(self._organization_id, kind, [record_id_of(entry) for entry in entries])

    def _note_gone(self, kind: str) -> None:
        """Store the ids of records deleted earlier, from the deletion log."""
        for record_id in deletion_log.deleted_ids(self._organization_id, kind):
            inventory.note(self._organization_id, kind, [record_id])

    def _erase_kind(self, kind: type[Record]) -> None:
        for name in lists_of(kind):
            records.erase(kind, self._organization_id, name, self._deadline)

    def _erase_works(self) -> None:
        organization_id, deadline = self._organization_id, self._deadline
        self._each(inventory.RULE, partial(automation_data.erase_rule, organization_id))
        self._each(inventory.ENDPOINT, partial(automation_data.erase_endpoint, organization_id))
        for job in inventory.JOBS:
            self._each(job, partial(automation_data.erase_job, organization_id, job))
            delete_partition(
                SYSTEM, keys.job_entry(organization_id, job, "all", LOWEST).pk, deadline
            )

    def _each(self, kind: str, work: Callable[[str, Deadline], None]) -> None:
        def one(thing_id: str) -> None:
            work(thing_id, self._deadline)

        inventory.each(self._organization_id, kind, self._passes, one, self._deadline)

    def _erase_remains(self) -> None:
        """Erase what records deleted earlier left behind, and the deletion log."""
        for kind in KINDS:
            pk = keys.deletion_log_line(self._organization_id, kind, "").pk
            for lines in pages(SYSTEM, pk, self._deadline):
                forget = partial(system_data.erase, self._organization_id, kind)
                concurrency.map_concurrently(forget, record_ids_of(lines))
                SYSTEM.batch_write([], keys_of(lines))

    def _erase_single_items(self) -> None:
        organization_id = self._organization_id
        counts = [keys.count(organization_id, kind, group) for kind in COUNTED for group in GROUPS]
        RECORDS.batch_write([], [keys.admins(organization_id), *counts])
        delete_partition(SYSTEM, keys.restored_person(organization_id, "").pk, self._deadline)
