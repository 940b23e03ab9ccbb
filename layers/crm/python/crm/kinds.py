"""Every record kind by its name: for what works on records of all kinds."""

from crm.documents.schemas import Document
from crm.members.schemas import Member
from crm.organizations.schemas import Organization
from crm.sharing import SharedRecord
from crm.store.records import Record
from crm.teams.schemas import Team

KINDS: dict[str, type[Record]] = {
    kind.kind: kind for kind in (Document, Member, Organization, Team)
}

SHARED_KINDS: list[type[SharedRecord]] = [Document]
