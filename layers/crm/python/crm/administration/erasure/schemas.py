"""Schemas of erasures: the request and the job."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from crm.jobs.records import Job
from crm.platform.fields import Id, Input, UserId
from crm.tenancy.permissions import Caller

RecordType = Literal["entity", "lead", "member"]

MEMBER = "member"


class ErasureCreate(Input):
    """Body of `POST /api/erasures`: a person, by the record that they are.

    An entity or a lead may have been deleted before, a member may have left.
    """

    record_type: RecordType
    record_id: Annotated[Id | UserId, Field(description="Of a member, the user's id.")]


class Erasure(Job):
    """The erasure of one person's data. It holds no more than ids and numbers.

    Attributes:
        erased: how much there was, by what it was.
        roots: the ids of the person's records: one, and those merged with it.
        task: the index of the next task.
        position: the position in that task; None at its beginning.
    """

    KIND: ClassVar[str] = "erasure"
    FOR_ADMINS: ClassVar[bool] = True
    private: ClassVar[frozenset[str]] = Job.private | {"roots", "task", "position"}

    record_type: RecordType
    record_id: str
    erased: dict[str, int] = {}
    roots: list[str] = []
    task: int = 0
    position: str | None = None

    @property
    def message(self) -> dict[str, str]:
        """The message of the erasure in its queue."""
        return {
            "kind": "person",
            "organization_id": self.organization_id,
            "erasure_id": self.id,
        }

    @classmethod
    def of(cls, caller: Caller, is_super_admin: bool, erasure_id: str, body: ErasureCreate) -> Self:
        """Return a new erasure, not stored yet."""
        return cls.create(caller, is_super_admin, id=erasure_id, **body.model_dump())
