"""The base class of records with an owner, and the names of their lists. Pure."""

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from crm.platform.dynamodb.keys import RecordRef
from crm.records.shared_record import SharedRecord


class OwnedRecord(SharedRecord):
    """A record with an owner.

    Attributes:
        assigned_to: the owner, an active member when it was assigned.

    Class attributes:
        list_partitions: all values of `list_partition`, the list partitions.
        match_on: the fields by which the rows of an import match records by default.
    """

    list_partitions: ClassVar[tuple[str, ...]]
    match_on: ClassVar[tuple[str, ...]] = ("id",)

    assigned_to: str
    custom_fields: dict[str, Any] = {}

    @property
    @abstractmethod
    def list_partition(self) -> str:
        """The most used filter: every list is partitioned by it, so that it costs no reads."""

    def index_names(self) -> Iterable[str]:
        """Return the names of further lists, one per value that the kind can be filtered by."""
        return []

    def dates(self) -> Mapping[str, str | None]:
        """Return the date and time fields that date-based rules can use: field → value."""
        return {}

    @property
    def parent(self) -> RecordRef | None:
        """The record, by kind and id, whose viewers may see this record too."""
        return None

    @property
    def about(self) -> RecordRef | None:
        return self.parent

    def references(self) -> Mapping[str, RecordRef]:
        """Return the records that it refers to, and that cannot be deleted meanwhile: by field."""
        return {}

    @property
    def owners(self) -> Collection[str]:
        return {self.assigned_to, self.created_by}

    @property
    def viewing_teams(self) -> Collection[str]:
        return self.shared_with

    @property
    def changing_teams(self) -> Collection[str]:
        return self.shared_with

    def index_entries(self) -> Mapping[str, str]:
        names = [
            all_list(self.list_partition),
            creator_list(self.created_by, self.list_partition),
            assigned_list(self.assigned_to, self.list_partition),
            *(team_list(team, self.list_partition) for team in self.shared_with),
            *self.index_names(),
        ]
        return {**dict.fromkeys(names, self.id), **self._dated()}

    def _dated(self) -> Mapping[str, str]:
        """Return the lists by date: of the kind's own dates, and of custom fields with a date."""
        custom = {
            f"custom_fields.{name}": typed.get("date") or typed.get("datetime")
            for name, typed in self.custom_fields.items()
        }
        dates = {**self.dates(), **custom}
        return {date_list(name): f"{value}#{self.id}" for name, value in dates.items() if value}

    @classmethod
    def team_lists(cls, team_id: str) -> Sequence[str]:
        return [team_list(team_id, list_partition) for list_partition in cls.list_partitions]


def date_list(field: str) -> str:
    """Records with this date or time field, sorted by its value."""
    return f"date#{field}"


def all_list(list_partition: str) -> str:
    return f"all#{list_partition}"


def creator_list(user_id: str, list_partition: str) -> str:
    return f"creator#{user_id}#{list_partition}"


def assigned_list(user_id: str, list_partition: str) -> str:
    return f"assigned#{user_id}#{list_partition}"


def team_list(team_id: str, list_partition: str) -> str:
    return f"team#{team_id}#{list_partition}"


def entity_reference(entity_id: str | None) -> Mapping[str, RecordRef]:
    """Return the references of a record that refers to an entity, or to none."""
    return {} if entity_id is None else {"entity_id": RecordRef("entity", entity_id)}


def entity_list(entity_id: str) -> str:
    """Records that refer to an entity."""
    return f"entity#{entity_id}"
