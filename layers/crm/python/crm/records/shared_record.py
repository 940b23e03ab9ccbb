"""The base class of records that can be shared with teams. Pure."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel

from crm.platform.dynamodb.record import Record
from crm.platform.fields import PageQuery


class SharedRecord(Record):
    """A record with `shared_with`: team ids. Lists per team hold the records shared with it.

    Class attributes:
        BODY: the model of the body of POST and PUT, or of PUT alone if they differ.
        QUERY: the query parameters of the list of records.
        NOT_SET_BY_RULES: fields of the body that workflow rules do not set.
    """

    BODY: ClassVar[type[BaseModel]]
    QUERY: ClassVar[type[PageQuery]]
    NOT_SET_BY_RULES: ClassVar[frozenset[str]] = frozenset()

    shared_with: list[str] = []

    @classmethod
    @abstractmethod
    def team_lists(cls, team_id: str) -> Sequence[str]:
        """Return the names of the lists that hold the records shared with a team."""
