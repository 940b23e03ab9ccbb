"""Jobs, the work that outlasts a request: their model, as stored and as returned to users."""

from datetime import timedelta
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from crm.platform import clock, ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.record import Answer
from crm.tenancy.permissions import Caller

KEPT_DAYS = 30

JobStatus = Literal["pending", "running", "succeeded", "failed", "cancelled"]


class Job(BaseModel):
    """Base class of imports and exports.

    Attributes:
        error: why it has failed.
        organization_id: the organization of the job.
        is_super_admin: whether its creator entered the organization as super admin.
        step: number of committed steps; the condition of a commit is that its step is the next.
        expires_on: seconds since 1970, at which DynamoDB deletes the job.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    KIND: ClassVar[str]
    FOR_ADMINS: ClassVar[bool] = False
    """True if only admins may see the jobs; a creator who is no longer an admin may not."""

    private: ClassVar[frozenset[str]] = frozenset(
        {"organization_id", "is_super_admin", "step", "expires_on"}
    )

    id: str
    status: JobStatus = "pending"
    error: str | None = None
    created_on: str
    created_by: str
    started_on: str | None = None
    finished_on: str | None = None
    organization_id: str
    is_super_admin: bool = Field(default=False, repr=False)
    step: int = 0
    expires_on: int

    @classmethod
    def create(cls, caller: Caller, is_super_admin: bool, **fields: Any) -> Self:
        """Return a new job, not yet written.

        Args:
            caller: the caller in whose name the job runs.
            is_super_admin: whether the caller entered the organization as super admin.
            fields: `id`, and the fields of this kind of job.
        """
        made_on = ids.created_on(fields["id"]) or clock.now()
        return cls.model_validate(
            {
                **fields,
                "organization_id": caller.organization_id,
                "created_by": caller.user_id,
                "is_super_admin": is_super_admin,
                "created_on": clock.timestamp(made_on),
                "expires_on": int((made_on + timedelta(days=KEPT_DAYS)).timestamp()),
            }
        )

    @property
    def key(self) -> Key:
        return keys.job(self.organization_id, self.KIND, self.id)

    @property
    def is_over(self) -> bool:
        """Return whether the job has ended."""
        return self.status in {"succeeded", "failed", "cancelled"}

    @property
    def has_work(self) -> bool:
        """Return whether the job has work left for a worker."""
        return not self.is_over

    def changed(self, **fields: Any) -> Self:
        return self.model_copy(update=fields)

    def begun(self) -> Self:
        return self.changed(status="running", started_on=clock.timestamp(clock.now()))

    def ended(self, status: JobStatus, error: str | None = None) -> Self:
        return self.changed(status=status, error=error, finished_on=clock.timestamp(clock.now()))

    @classmethod
    def from_item(cls, item: Item) -> Self:
        return cls.model_validate(item)

    def item(self) -> Item:
        return self.model_dump(exclude_none=True, exclude_computed_fields=True)

    def answer(self) -> Answer:
        """Return the job as clients receive it."""
        return self.model_dump(exclude=set(self.private))
