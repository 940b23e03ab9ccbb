"""The archive section of a kind of records with an owner, as its package describes it.

Each of these kinds has a module `archive` in its own package, with its section as `SECTION`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pynamodb.expressions.operand import Path

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import RecordRef
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import ValidationFailedError
from crm.records import references
from crm.records.owned_record import OwnedRecord
from crm.records.registry import OWNED_TYPES, described

Stage = Callable[[Transaction, Any], None]
"""Stages what is written with a record."""


def _nothing(_transaction: Transaction, _record: Any) -> None:
    """Stage nothing: most kinds have only their references."""


@dataclass(frozen=True)
class OwnedSection:
    """The archive section of a kind of records with an owner.

    Attributes:
        line: the model of its lines.
        restore: stages what is restored with a record, except the references that it counts.
        needs: fields whose ids must be in the archive too, besides its references.
        without: stored fields that the lines do not contain.
    """

    line: type[BaseModel]
    restore: Stage = _nothing
    needs: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def stage(self, transaction: Transaction, record: OwnedRecord) -> None:
        """Stage what is restored with a record, in the transaction that writes it.

        The commit raises:
            ValidationFailedError: A record that it refers to does not exist.
        """
        for field, target in record.references().items():
            references.increment(transaction, record.organization_id, target.id, record.KIND)
            require(transaction, record.organization_id, target, field)
        if record.parent is not None:
            require(transaction, record.organization_id, record.parent, "related_to_id")
        self.restore(transaction, record)


def require(transaction: Transaction, organization_id: str, target: RecordRef, field: str) -> None:
    """Require that a record exists when the transaction commits.

    The record may be merging into another one: the reference is older than the merge.

    The commit raises:
        ValidationFailedError: The record does not exist; `field` is the invalid field.
    """
    transaction.check(
        keys.record(organization_id, *target),
        Path("pk").exists(),
        lambda: ValidationFailedError.of(field, "names nothing that the archive holds"),
    )


SECTIONS: Mapping[str, OwnedSection] = described(OWNED_TYPES, "archive:SECTION")
"""Archive sections of the kinds of records with an owner, imported on use."""
