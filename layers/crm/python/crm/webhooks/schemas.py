"""Webhook endpoints and their deliveries."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field

from crm.platform import clock, config
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.record import Answer, Record
from crm.platform.fields import Input, Output
from crm.webhooks import urls

MAX_ENDPOINTS = 50
"""Endpoints per organization."""

DeliveryStatus = Literal["pending", "succeeded", "failed"]


def _registrable(url: str) -> str:
    urls.parse(url, allow_loopback=config.webhook_allow_loopback())
    return url


EndpointUrl = Annotated[
    str,
    Field(max_length=urls.LONGEST, json_schema_extra={"format": "uri"}),
    AfterValidator(_registrable),
]


class WebhookEndpointWrite(Input):
    """Body of POST and PUT."""

    url: EndpointUrl
    is_active: bool = True


class WebhookEndpoint(Record):
    """Where an organization wants to be told of what its rules find.

    Attributes:
        secret: what deliveries are signed with; only the answer to its making shows it.
        disabled_reason: why it is not active, if nobody here made it so.
    """

    KIND: ClassVar[str] = "webhook_endpoint"
    private: ClassVar[frozenset[str]] = Record.private | {"secret"}

    url: str
    is_active: bool = True
    disabled_reason: str | None = None
    secret: str = Field(repr=False)

    def index_entries(self) -> Mapping[str, str]:
        return {"all": self.id}

    def unique_constraints(self) -> Mapping[str, str]:
        return {"url": urls.normal(self.url)}


class WebhookEndpointCreated(WebhookEndpoint):
    """A new endpoint, with its secret."""

    private: ClassVar[frozenset[str]] = Record.private


class DeliveryAttempt(Output):
    """One sending.

    Attributes:
        at: when it ended.
        status_code: what the receiver answered; None if it did not.
        error: why it is no success.
    """

    model_config = ConfigDict(frozen=True)

    at: str
    status_code: int | None = None
    error: str | None = None


class WebhookDelivery(Output):
    """What is sent to an endpoint, once or again: its `id` is the `webhook-id` each time.

    Attributes:
        next_attempt_on: when it is tried (again); None once it is done.
        attempts: the latest ones, oldest first.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    endpoint_id: str
    type: str
    status: DeliveryStatus
    attempts: list[DeliveryAttempt] = []
    next_attempt_on: str | None = None
    created_on: str


class StoredDelivery(WebhookDelivery):
    """A delivery as stored in the system table. The item is authoritative; the queue only names it.

    Attributes:
        body: the exact string that is signed and sent.
        sequence: incremented by each attempt and each redelivery: a message with a lower one is
            obsolete.
        failures: attempts since the creation or the last redelivery.
        leased_until: until then a worker is sending it, unless that worker died.
        expires_on: seconds since 1970; DynamoDB deletes it then.
    """

    organization_id: str
    body: str = Field(repr=False)
    sequence: int = 0
    failures: int = 0
    leased_until: str | None = None
    expires_on: int

    @property
    def key(self) -> Key:
        return keys.delivery(self.organization_id, self.id)

    @property
    def entry_key(self) -> Key:
        """The key of the index item in the list of the endpoint's deliveries."""
        return keys.delivery_entry(
            self.organization_id, self.endpoint_id, f"{self.created_on}#{self.id}"
        )

    @property
    def is_pending(self) -> bool:
        return self.status == "pending"

    def seconds_until_due(self) -> float:
        """Return the seconds until a worker may take it; zero or less if it may now."""
        due_on = max(self.next_attempt_on or "", self.leased_until or "")
        return (clock.moment(due_on) - clock.now()).total_seconds() if due_on else 0.0

    @property
    def is_leased(self) -> bool:
        return self.leased_until is not None and clock.moment(self.leased_until) > clock.now()

    def changed(self, **fields: Any) -> Self:
        return self.model_copy(update=fields)

    @classmethod
    def from_item(cls, item: Item) -> Self:
        return cls.model_validate(item)

    def item(self) -> Item:
        return self.model_dump(exclude_none=True)

    def answer(self) -> Answer:
        return self.model_dump(include=set(WebhookDelivery.model_fields))
