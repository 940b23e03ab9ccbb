"""Every record kind by its name: for what works on records of all kinds."""

from crm.activities.schemas import Activity
from crm.attachments.schemas import Attachment
from crm.cases.schemas import Case
from crm.custom_fields.schemas import CustomField
from crm.deals.schemas import Deal
from crm.documents.schemas import Document
from crm.entities.schemas import Entity
from crm.leads.schemas import Lead
from crm.members.schemas import Member
from crm.notifications.schemas import Notification
from crm.organizations.schemas import Organization
from crm.owned.records import OwnedRecord
from crm.pipelines.schemas import Pipeline
from crm.sharing import SharedRecord
from crm.store.records import Record
from crm.teams.schemas import Team
from crm.webhooks.schemas import WebhookEndpoint
from crm.workflows.schemas import WorkflowRule

OWNED_KINDS: dict[str, type[OwnedRecord]] = {
    kind.KIND: kind for kind in (Activity, Case, Deal, Entity, Lead)
}

KINDS: dict[str, type[Record]] = {
    **OWNED_KINDS,
    **{
        kind.KIND: kind
        for kind in (
            Attachment,
            CustomField,
            Document,
            Member,
            Notification,
            Organization,
            Pipeline,
            Team,
            WebhookEndpoint,
            WorkflowRule,
        )
    },
}

SHARED_KINDS: list[type[SharedRecord]] = [Lead, Case, Deal, Document, Entity]
"""What a deleted team is taken out of, in this order. Leads come first: a lead that is converted
hands its teams on to what it becomes, and once they are gone from it there are none to hand on.
"""

HISTORY_KINDS = frozenset({*OWNED_KINDS, Document.KIND})
