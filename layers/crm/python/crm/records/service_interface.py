"""What the service of every kind of record with an owner offers: its module is an `OwnedService`.

`crm.records.repository` asks before whether the caller may see or change a record.
"""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList
from crm.platform.dynamodb.transaction import Transaction
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
from crm.records.custom_fields.service import Definitions
from crm.records.owned_record import OwnedRecord
from crm.tenancy.permissions import Caller

AnyOwned = TypeVar("AnyOwned", bound=OwnedRecord)
AnyBody = TypeVar("AnyBody", bound=BaseModel)
AskedQuery = TypeVar("AskedQuery", bound=PageQuery, contravariant=True)

Row = dict[str, Any]


class OwnedService(Protocol[AnyOwned, AnyBody, AskedQuery]):
    """Making, listing, changing and deleting records of one kind.

    Args:
        transaction: takes the write; whoever calls commits it.
        caller: whose request it is.
        record_id: the id that a new record gets.
        old: the record as it was read.
        body: what it shall be, as POST and PUT take it.
        changes: what a PATCH names of it.
        known: the custom fields of the kind.
        custom: the record's custom fields as they shall be stored.
    """

    def definitions(self, caller: Caller, /) -> Definitions:
        """The custom fields of the kind, for a request to read once."""

    def create(
        self,
        transaction: Transaction,
        caller: Caller,
        record_id: str,
        body: AnyBody,
        known: Definitions,
        /,
    ) -> AnyOwned:
        """Make a record, the caller's own unless it says whose."""

    def update(
        self,
        transaction: Transaction,
        caller: Caller,
        old: AnyOwned,
        body: AnyBody,
        custom: dict[str, Any],
        /,
    ) -> AnyOwned:
        """Change a record as a whole."""

    def patch(
        self,
        transaction: Transaction,
        caller: Caller,
        old: AnyOwned,
        changes: Patch[AnyBody],
        known: Definitions,
        /,
    ) -> AnyOwned:
        """Change a record in part."""

    def delete(self, old: AnyOwned, /) -> None:
        """Delete a record with all that hangs on it, in transactions of its own."""

    def search(self, caller: Caller, query: AskedQuery, /) -> EntryList:
        """What the caller may see of what a query asks for."""

    def rows(self, caller: Caller, query: AskedQuery, entries: Sequence[Item], /) -> list[Row]:
        """The rows of a page of `search`; what no longer belongs on it is left out."""

    def answer(self, record: AnyOwned, known: Definitions, /) -> Row:
        """A record as lists and writes answer it."""
