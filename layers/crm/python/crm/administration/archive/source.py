"""The organization that is dumped, as seen by one dump."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from crm.administration.archive import iteration
from crm.platform import clock, ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.record import Record
from crm.records.owned_record import OwnedRecord, all_list
from crm.records.shared_record import SharedRecord
from crm.related.documents.lists import STATUSES
from crm.related.documents.schemas import Document, status_list
from crm.tenancy.teams.schemas import Team


class Source:
    """Scope of a dump: the data that existed when the dump began.

    A record may concurrently become a dependent of a newer or deleted record. It is omitted with
    its own dependents: the target of each reference in an archive is in the archive.

    Args:
        organization_id: the organization that is dumped.
        since: the time at which the dump began.
        left_out: the records omitted so far, `<kind>#<id>`.
    """

    def __init__(self, organization_id: str, since: str, left_out: Iterable[str]) -> None:
        self.organization_id = organization_id
        self.since = since
        self.left_out = set(left_out)
        self._first_new = ids.first_id(clock.moment(since))

    def is_new(self, record_id: str | None) -> bool:
        """Return whether an id was made after the dump began."""
        return record_id is not None and record_id >= self._first_new

    def has(self, target: RecordRef) -> bool:
        """Return whether a record, if it exists, is in the dump."""
        return not self.is_new(target[1]) and "#".join(target) not in self.left_out

    def leave_out(self, record: Record) -> None:
        self.left_out.add(f"{record.KIND}#{record.id}")

    def standing(self, targets: Iterable[RecordRef]) -> set[RecordRef]:
        """Return those of the records that exist and are in the dump."""
        wanted = {self.key(one): one for one in targets if self.has(one)}
        return {wanted[key] for key in iteration.existing(list(wanted))}

    def key(self, target: RecordRef) -> Key:
        return keys.record(self.organization_id, *target)

    def fields(self, record: Record, *without: str) -> dict[str, Any]:
        """Return the fields of a record's line, without deleted teams."""
        fields = record.model_dump(exclude={"organization_id", *without}, exclude_none=True)
        if isinstance(record, SharedRecord) and "shared_with" in fields:
            fields["shared_with"] = [one for one in record.shared_with if one in self._teams]
        return fields

    @cached_property
    def _teams(self) -> set[str]:
        batches = iteration.positions(self.organization_id, Team.KIND, ["all"], "")
        return {one for batch in batches for one in batch if not self.is_new(one)}


def lists_of(kind: type[Record]) -> Sequence[str]:
    """Return the names of the lists that together contain all records of a kind, by age."""
    if issubclass(kind, OwnedRecord):
        return [all_list(list_partition) for list_partition in kind.list_partitions]
    if issubclass(kind, Document):
        return [status_list(status) for status in STATUSES]
    return ["all"]
