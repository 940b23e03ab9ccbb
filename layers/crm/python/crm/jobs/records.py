"""Work that outlives a request: what is known of it, as users see it and as it is kept."""

from datetime import timedelta
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from crm.platform import clock, ids
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.tenancy.permissions import Caller

KEPT_DAYS = 30

JobStatus = Literal["pending", "running", "succeeded", "failed", "cancelled"]


class Job(BaseModel):
    """What an import and an export have in common.

    Attributes:
        error: why it has failed.
        organization_id: whose it is.
        is_super_admin: how whoever began it came into the organization.
        step: how many steps have been committed; whoever commits one demands that it is the next.
        expires_on: seconds since 1970; DynamoDB removes it then.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    KIND: ClassVar[str]
    FOR_ADMINS: ClassVar[bool] = False
    """Whether only admins may see them; not even whoever began one, and is admin no more."""

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
        """A new one, not yet written.

        Args:
            caller: in whose name it works.
            is_super_admin: whether the caller came in as such.
            fields: `id`, and what this kind has besides.
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
        """Whether its outcome is settled."""
        return self.status in {"succeeded", "failed", "cancelled"}

    @property
    def has_work(self) -> bool:
        """Whether a worker has anything left to do for it."""
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

    def answer(self) -> dict[str, Any]:
        """What clients see."""
        return self.model_dump(exclude=set(self.private))
