"""Every record kind by its name: for what works on records of all kinds."""

from crm.custom_fields.schemas import CustomField
from crm.documents.schemas import Document
from crm.entities.schemas import Entity
from crm.members.schemas import Member
from crm.organizations.schemas import Organization
from crm.sharing import SharedRecord
from crm.store.records import Record
from crm.teams.schemas import Team

KINDS: dict[str, type[Record]] = {
    kind.KIND: kind for kind in (CustomField, Document, Entity, Member, Organization, Team)
}

SHARED_KINDS: list[type[SharedRecord]] = [Document, Entity]

HISTORY_KINDS = frozenset({Document.KIND, Entity.KIND})
