"""Scope of an erasure: the records of the person and their dependents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.records import deletion_log


@dataclass(frozen=True)
class ErasureScope:
    """Records that are being erased.

    Attributes:
        organization_id: the organization of the records.
        roots: the records of the person: one, and those that were merged into it.
    """

    organization_id: str
    roots: Sequence[RecordRef]

    def among(self, targets: Iterable[RecordRef]) -> set[RecordRef]:
        """Return those of the records that are being erased."""
        wanted = set(targets)
        places = {key: target for target in wanted for key in self._lines_of(target)}
        lines = deletion_log.find_many(places)
        return (wanted & set(self.roots)) | {
            places[key] for key, line in lines.items() if line.is_marked
        }

    def _lines_of(self, target: RecordRef) -> Iterable[Key]:
        """Return the keys of the deletion log under which a dependent of the roots is recorded."""
        kind, record_id = target
        if kind == "activity":
            return [
                keys.deletion_log_line(self.organization_id, kind, record_id, root)
                for root in self.roots
            ]
        return (
            [keys.deletion_log_line(self.organization_id, kind, record_id)]
            if kind == "document"
            else []
        )
