"""The service of a record kind, as code that processes records of all kinds calls it.

Each kind has its service in its own package, and the registry finds it by the kind's name.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.record import Answer
from crm.platform.dynamodb.transaction import Transaction
from crm.records.registry import RECORD_TYPES, described
from crm.records.shared_record import SharedRecord
from crm.tenancy.permissions import Caller

if TYPE_CHECKING:
    from crm.records.custom_fields.definitions import Definitions

Fields = Mapping[str, Any]
"""Fields of a body of POST or PATCH: name → JSON value, or its normal form."""


class RecordService(ABC):
    """The service of a kind of records with a history, lists per caller, and workflow rules.

    Attributes:
        model: the model of its records.
    """

    model: type[SharedRecord]

    @abstractmethod
    def definitions(self, caller: Caller) -> "Definitions":
        """Return the custom fields of the kind, for a request to read once."""

    @abstractmethod
    def patch_fields(
        self,
        transaction: Transaction,
        caller: Caller,
        old: Any,
        changes: Fields,
        known: "Definitions",
    ) -> SharedRecord:
        """Stage the changes of a record. Raises what a PATCH of the record raises."""

    @abstractmethod
    def search(self, caller: Caller, query: Any) -> EntryList:
        """List the records that match a query and that the caller may see."""

    @abstractmethod
    def export_rows(self, caller: Caller, query: Any, entries: Sequence[Item]) -> Iterable[Answer]:
        """Return the rows of an exported file for index items of `search`."""

    def check_query(self, caller: Caller, query: Any) -> None:  # noqa: B027  # optional
        """Check what the model of a query cannot check.

        Raises:
            ValidationFailedError: The query is invalid.
        """


SERVICES: Mapping[str, RecordService] = described(RECORD_TYPES, "service:{PLURAL}")
"""Services of the record kinds, imported on use."""
