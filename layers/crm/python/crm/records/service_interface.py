"""The interface of each kind's service: the module of the service is an `OwnedService`.

`crm.records.repository` checks before whether the caller may see or change a record.
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
    """Create, list, change and delete records of one kind.

    Args:
        transaction: takes the write; the calling code commits it.
        caller: the caller of the request.
        record_id: the id of the new record.
        old: the record as it was read.
        body: the new content, as in POST and PUT.
        changes: the changes of a PATCH.
        known: the custom field definitions of the kind.
        custom: the record's custom fields in their new stored form.
    """

    def definitions(self, caller: Caller, /) -> Definitions:
        """Return the custom fields of the kind, for a request to read once."""

    def create(
        self,
        transaction: Transaction,
        caller: Caller,
        record_id: str,
        body: AnyBody,
        known: Definitions,
        /,
    ) -> AnyOwned:
        """Create a record; the caller is the owner unless the body names one."""

    def update(
        self,
        transaction: Transaction,
        caller: Caller,
        old: AnyOwned,
        body: AnyBody,
        custom: dict[str, Any],
        /,
    ) -> AnyOwned:
        """Replace a record."""

    def patch(
        self,
        transaction: Transaction,
        caller: Caller,
        old: AnyOwned,
        changes: Patch[AnyBody],
        known: Definitions,
        /,
    ) -> AnyOwned:
        """Change parts of a record."""

    def delete(self, old: AnyOwned, /) -> None:
        """Delete a record with all its dependents, in transactions of its own."""

    def search(self, caller: Caller, query: AskedQuery, /) -> EntryList:
        """List the records that match a query and that the caller may see."""

    def rows(self, caller: Caller, query: AskedQuery, entries: Sequence[Item], /) -> list[Row]:
        """Return the rows of a page of `search`, without records that no longer match."""

    def answer(self, record: AnyOwned, known: Definitions, /) -> Row:
        """Return a record as lists and writes return it."""
