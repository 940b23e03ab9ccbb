"""The expected content of an organization, and its permissions, by the contract.

Nothing here is taken from Brook's code: dictionaries, and the rules written anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

PATHS = {
    "entity": "/api/entities",
    "lead": "/api/leads",
    "deal": "/api/deals",
    "case": "/api/cases",
    "activity": "/api/activities",
}

MOMENTS = ("created_on", "updated_on", "closed_on", "converted_on", "completed_on")
"""The server's: whether they are there is predicted, and that they stay, not what they say."""

_PARTS = ("identifiers", "contact_points", "addresses", "relationships")

Fields = dict[str, Any]
Refusals = set[tuple[int, str]]
"""Status and code of each refusal that a request deserves; none if it must succeed."""

INVALID = (422, "validation_failed")
FORBIDDEN = (403, "permission_denied")
MISSING = (404, "not_found")


@dataclass
class Written:
    """Anything that has versions.

    Attributes:
        fields: what a reading answers, the server's own aside.
        writers: who wrote each version, the first one first; of a version that one of several
            may have written, all of them.
        standing: those of its moments that are there.
        seen: moments as they were answered, which do not change by themselves.
    """

    id: str
    fields: Fields
    writers: list[str | frozenset[str]]
    standing: set[str] = field(default_factory=set)
    seen: dict[str, str] = field(default_factory=dict)

    @property
    def version(self) -> int:
        return len(self.writers)

    @property
    def creator(self) -> str:
        return str(self.writers[0])

    def write(self, by: str | frozenset[str], **changes: Any) -> None:
        """The next version."""
        self.fields.update(changes)
        self.writers.append(by)
        self.seen.pop("updated_on", None)

    def stand(self, moment: str, *, there: bool) -> None:
        """Whether a moment is there from now on."""
        if there:
            self.standing.add(moment)
        else:
            self.standing.discard(moment)
            self.seen.pop(moment, None)

    def check(self, answer: Mapping[str, Any], **shown: Any) -> None:
        """Compare it with an answer, and remember what only the server knows.

        Args:
            answer: the record as it was answered.
            shown: fields that depend on more than the record.
        """
        self._learn_writer(str(answer["updated_by"]))
        told = {name: one for name, one in answer.items() if name not in MOMENTS + _PARTS}
        own = {
            "id": self.id,
            "version": self.version,
            "created_by": self.creator,
            "updated_by": self.writers[-1],
        }
        wanted = {**self.fields, **shown, **own}
        assert told == wanted, f"answered {told}, expected {wanted}"
        for name in MOMENTS:
            if name in answer:
                self._check_moment(name, answer[name])

    def _check_moment(self, name: str, value: str | None) -> None:
        there = name in {"created_on", "updated_on"} or name in self.standing
        assert (value is not None) == there, f"{name} is {value}"
        if value is not None:
            assert self.seen.setdefault(name, value) == value, f"{name} changed by itself"

    def _learn_writer(self, told: str) -> None:
        possible = self.writers[-1]
        if not isinstance(possible, str):
            assert told in possible
            self.writers[-1] = told


@dataclass
class Record(Written):
    """A record with an owner.

    Attributes:
        kind: entity, lead, deal, case or activity.
        custom: its custom fields, out of sight or not: name → (type, value).
        merged: the entities that were merged into it.
    """

    kind: str = ""
    custom: dict[str, tuple[str, Any]] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"{PATHS[self.kind]}/{self.id}"

    @property
    def about(self) -> tuple[str, str] | None:
        """The record that an activity is about."""
        kind, one = self.fields.get("related_to_type"), self.fields.get("related_to_id")
        return (kind, one) if kind and one else None

    @property
    def teams(self) -> list[str]:
        return list(self.fields.get("shared_with", []))


@dataclass
class Part(Written):
    """An identifier or a contact point of an entity, or an end of a relationship."""

    kind: str = ""


@dataclass
class Document(Record):
    """A document, which is whoever's who made it.

    Attributes:
        files: the contents of its versions, the first one first.
    """

    files: list[bytes] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"/api/documents/{self.id}"

    @property
    def is_visible(self) -> bool:
        """Whether others than its creator and admins may see it at all."""
        return bool(self.fields["status"] == "active" and self.files)

    def check(self, answer: Mapping[str, Any], **shown: Any) -> None:
        """Compare it with an answer, which says who made it in full, or by id."""
        creator = answer["created_by"]
        told = {name: value for name, value in answer.items() if name != "upload"}
        told["created_by"] = creator if isinstance(creator, str) else creator["id"]
        super().check(told, **shown)


@dataclass
class Attachment(Written):
    """A document on a record."""

    @property
    def target(self) -> tuple[str, str]:
        return self.fields["related_to_type"], self.fields["related_to_id"]

    def check(self, answer: Mapping[str, Any], **shown: Any) -> None:
        """Compare it with an answer; what that shows of the document depends on who asks."""
        told = {name: value for name, value in answer.items() if name != "document"}
        super().check(told, **shown)


@dataclass(frozen=True)
class Place:
    """The target of a file upload.

    Attributes:
        document_id: the document that waits for it, or waited while it was there.
        key: in the bucket.
        by: who may.
        content: what it must be.
    """

    document_id: str
    key: str
    by: str
    content: bytes


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline that an organization begins with."""

    id: str
    name: str
    probability: int
    status: str


@dataclass(frozen=True)
class Stay:
    """A deal's stay in a stage."""

    stage: Stage
    by: str
    note: str | None


class State:
    """An organization.

    Attributes:
        members: by user id; their fields hold `role`, `is_active`, `is_removed` and `teams`.
        teams: by id; their fields hold `name` and `description`.
        definitions: of custom fields, by id.
        records: by kind and id.
        parts: identifiers and contact points, by entity and id.
        relationships: by id.
        stays: of each deal, in their order.
        entered: how often a deal came into each stage.
        documents, attachments: by id.
        uploads: of which nothing has arrived.
        gone: ids of all that was deleted.
    """

    def __init__(self, pipeline: Mapping[str, Any]) -> None:
        self.pipeline_id: str = pipeline["id"]
        self.stages = [
            Stage(one["id"], one["name"], one["probability"], one["status"])
            for one in pipeline["stages"]
        ]
        self.members: dict[str, Written] = {}
        self.teams: dict[str, Written] = {}
        self.definitions: dict[str, Written] = {}
        self.records: dict[str, dict[str, Record]] = {kind: {} for kind in PATHS}
        self.parts: dict[str, dict[str, Part]] = {}
        self.relationships: dict[str, Part] = {}
        self.stays: dict[str, list[Stay]] = {}
        self.entered: dict[str, int] = {stage.id: 0 for stage in self.stages}
        self.documents: dict[str, Document] = {}
        self.attachments: dict[str, Attachment] = {}
        self.uploads: list[Place] = []
        self.gone: set[str] = set()

    # ── people ──

    def may_enter(self, user: str) -> bool:
        member = self.members.get(user)
        return bool(member and member.fields["is_active"] and not member.fields["is_removed"])

    def is_admin(self, user: str) -> bool:
        return self.may_enter(user) and self.members[user].fields["role"] == "admin"

    def admin(self, besides: str | None = None) -> str:
        """Somebody who is an admin: there always is one; if it can be, another than this one."""
        admins = [user for user in self.members if self.is_admin(user)]
        return next((user for user in admins if user != besides), admins[0])

    def users_of(self, team_id: str) -> list[str]:
        return sorted(user for user, one in self.members.items() if team_id in one.fields["teams"])

    # ── who sees what ──

    def find(self, kind: str, record_id: str | None) -> Record | None:
        return self.records.get(kind, {}).get(record_id or "")

    def sees(self, user: str, record: Record) -> bool:
        """Whether a record is somebody's to see, an activity through what it is about too."""
        if self.is_by_name(user, record) or self.is_admin(user):
            return True
        parent = self.find(*record.about) if record.about else None
        return parent is not None and self.sees(user, parent)

    def changes(self, user: str, record: Record) -> bool:
        return self.is_by_name(user, record) or self.is_admin(user)

    def is_by_name(self, user: str, record: Record) -> bool:
        """Created by, assigned to, or shared with a team of somebody's."""
        owners = {record.creator, record.fields["assigned_to"]}
        return user in owners or any(user in self.users_of(team) for team in record.teams)

    def listed(self, user: str, kind: str) -> list[Record]:
        """Return the list without filters of a user, newest first."""
        return _newest_first(
            one
            for one in self.records[kind].values()
            if self.is_admin(user) or self.is_by_name(user, one)
        )

    def pointing(self, entity: Record) -> list[Record]:
        """The deals and cases of an entity."""
        of_entities = (*self.records["deal"].values(), *self.records["case"].values())
        return [one for one in of_entities if one.fields["entity_id"] == entity.id]

    def about(self, kind: str, record_id: str) -> list[Record]:
        """The activities about a record, the newest first."""
        activities = self.records["activity"].values()
        return _newest_first(one for one in activities if one.about == (kind, record_id))

    # ── documents ──

    def attached(
        self, *, record: Record | None = None, document: Document | None = None
    ) -> list[Attachment]:
        """Return the attachments of a record or of a document."""
        return [
            one
            for one in self.attachments.values()
            if (record is not None and one.target == (record.kind, record.id))
            or (document is not None and one.fields["document_id"] == document.id)
        ]

    def detach(self, one: Attachment) -> None:
        del self.attachments[one.id]
        self.gone.add(one.id)

    def owns_document(self, user: str, document: Document) -> bool:
        return user == document.creator or self.is_admin(user)

    def sees_document(self, user: str, document: Document) -> bool:
        """Whether a document is somebody's to see, through what it is attached to as well."""
        records = (self.find(*one.target) for one in self.attached(document=document))
        return self.is_listed(user, document) or (
            document.is_visible
            and any(record is not None and self.sees(user, record) for record in records)
        )

    def is_listed(self, user: str, document: Document) -> bool:
        """Whether a document is somebody's by name."""
        return self.owns_document(user, document) or (
            document.is_visible and any(user in self.users_of(team) for team in document.teams)
        )

    def listed_documents(self, user: str) -> list[Record]:
        """The documents that are somebody's by name, the newest first."""
        return _newest_first(one for one in self.documents.values() if self.is_listed(user, one))

    def documents_on(self, user: str, record: Record) -> list[Record]:
        """Return the documents of a record that a user finds by it, newest first."""
        found = (self.documents[one.fields["document_id"]] for one in self.attached(record=record))
        if self.sees(user, record):
            return _newest_first(
                one for one in found if one.is_visible or self.owns_document(user, one)
            )
        return _newest_first(one for one in found if self.is_listed(user, one))

    # ── custom fields ──

    def defined(self, kind: str) -> dict[str, Fields]:
        """The definitions for a kind, by field name."""
        found = (one.fields for one in self.definitions.values())
        return {one["field_name"]: one for one in found if one["record_type"] == kind}

    def shown(self, record: Record) -> Fields:
        """The custom fields that an answer shows."""
        defined = self.defined(record.kind)
        return {
            name: value
            for name, (kind, value) in record.custom.items()
            if name in defined and defined[name]["field_type"] == kind
        }

    def check(self, record: Record, answer: Mapping[str, Any]) -> None:
        """Compare a record with an answer, an entity's parts too if it has them."""
        if isinstance(record, Document):
            record.check(answer)
            return
        record.check(answer, custom_fields=self.shown(record))
        if "identifiers" in answer:
            self._check_parts(record, answer)

    def _check_parts(self, entity: Record, answer: Mapping[str, Any]) -> None:
        parts = self.parts.get(entity.id, {}).values()
        for name, kind in (("identifiers", "identifier"), ("contact_points", "contact_point")):
            own = {one.id: one for one in parts if one.kind == kind}
            assert own.keys() == {one["id"] for one in answer[name]}, name
            for one in answer[name]:
                own[one["id"]].check(one)
        ends = {one.id for one in self.relationships.values() if entity.id in one.fields.values()}
        assert ends == {one["id"] for one in answer["relationships"]}
        for one in answer["relationships"]:
            known = self.relationships[one["id"]]
            told = (one["from_entity"], one["to_entity"], one["version"])
            assert told == (known.fields["from"], known.fields["to"], known.version)

    # ── going ──

    def remove(self, record: Record) -> None:
        """Delete a record, and what hangs on it."""
        del self.records[record.kind][record.id]
        self.gone.add(record.id)
        for one in self.about(record.kind, record.id):
            self.remove(one)
        for each in self.attached(record=record):
            self.detach(each)
        self.parts.pop(record.id, None)
        self.stays.pop(record.id, None)
        for end in list(self.relationships.values()):
            if record.id in end.fields.values():
                del self.relationships[end.id]


def _newest_first(records: Iterable[Record]) -> list[Record]:
    return sorted(records, key=lambda one: one.id, reverse=True)
