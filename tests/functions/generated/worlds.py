"""Two organizations that do not know of each other, each with one of everything.

All texts of an organization hold its word, so that they can be told from those of the other one,
and from those that nobody has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from crm.platform import ids
from crm.platform.dynamodb import signing_key
from crm.platform.dynamodb.transaction import Transaction
from crm.tenancy.notifications import service as notifications
from tests.functions.conftest import join
from tests.support import exports, imports, tables, webhooks
from tests.support.client import Client, Reply
from tests.support.cloud import Cloud, client
from tests.support.forms import stored
from tests.support.rules import automate, executions
from tests.support.stream import project, recorded
from tests.support.tables import Snapshot

OURS, THEIRS, NOBODY = "ourown", "theirs", "nobody"
"""The words of both organizations, and one that nobody has; as long as each other."""

FILE = {"name": "plan.txt", "content_type": "text/plain", "size": 4}
STAGES = [
    {"name": f"{name} {{0}}", "probability": chance, "status": status}
    for name, chance, status in (
        ("Opened", 10, "open"),
        ("Offered", 50, "open"),
        ("Closed", 100, "closed_won"),
    )
]


@dataclass(frozen=True)
class Organization:
    """An organization with one of everything.

    Attributes:
        word: all its texts hold it.
        admin: who made it all.
        member: whose records they are, who is no admin, and not in the team.
        records: what the API answers of each kind of thing.
    """

    word: str
    admin: Client
    member: Client
    records: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.admin.organization_id)

    def id_of(self, kind: str) -> str:
        return str(self.records[kind]["id"])


@dataclass(frozen=True)
class World:
    """Both, as they stand before each request.

    Attributes:
        ours: the organization of those who ask.
        theirs: the other one.
        both: an admin of both, who is not known by name to anybody.
        before: the tables.
    """

    ours: Organization
    theirs: Organization
    both: Client
    before: Snapshot


def build(cloud: Cloud) -> World:
    """Make both. What follows from writes has followed when it is done."""
    with recorded() as records:
        ours, theirs = (_organization(cloud, word) for word in (OURS, THEIRS))
        both = join(ours.admin, "walker@example.com", "Wanda", "Walker")
        for one in (ours, theirs):
            if one is theirs:
                join(one.admin, "walker@example.com", "Wanda", "Walker")
            promoted = one.admin.patch(f"/api/members/{both.user_id}", {"role": "admin"})
            assert promoted.status == 200, promoted.text
    project(records)
    signing_key.cursor_secret()
    for queue_url in (cloud.jobs_url, cloud.erasures_url):
        client("sqs").purge_queue(QueueUrl=queue_url)
    return World(ours, theirs, both, tables.snapshot())


def with_records(organization: Organization, **records: Any) -> Organization:
    """The same with other records of some kinds."""
    return replace(organization, records={**organization.records, **records})


def _organization(cloud: Cloud, word: str) -> Organization:
    founder = Client(cloud.new_user(f"{word}@example.com", "Ada", word))
    founded = founder.post("/api/organizations", {"name": f"Organization {word}"})
    assert founded.status == 201, founded.text
    admin = founder.within(founded.json["id"])
    member = join(admin, f"member.{word}@example.com", "Ben", word)
    made = {"organization": founded.json}
    made["user"] = _read(admin, f"/api/members/{member.user_id}")
    made["member"] = made["user"]
    made["creator"] = {"id": admin.user_id}
    maker = _Maker(admin, word, made)
    maker.settings()
    maker.entities()
    maker.records()
    maker.files()
    maker.automation()
    _jobs(cloud, admin, maker)
    return Organization(word, admin, member, made)


@dataclass(frozen=True)
class _Maker:
    """Makes things by requests, and keeps what is answered of them."""

    admin: Client
    word: str
    made: dict[str, Any]

    def make(self, kind: str, path: str, /, **body: Any) -> None:
        self.made[kind] = _good(self.admin.post(f"/api/{path}", body))

    def id_of(self, kind: str) -> str:
        return str(self.made[kind]["id"])

    @property
    def owned(self) -> dict[str, Any]:
        """Return the fields that assign a record to the member, and share it with the team."""
        return {"assigned_to": self.made["user"]["id"], "shared_with": [self.id_of("team")]}

    def settings(self) -> None:
        word, users = self.word, [self.admin.user_id]
        self.make("team", "teams", name=f"Team {word}", description=f"For {word}", users=users)
        stages = [{**stage, "name": str(stage["name"]).format(word)} for stage in STAGES]
        about = f"Sales of {word}"
        self.make("pipeline", "pipelines", name=about, description=about, stages=stages)
        self.made["stage"], self.made["other_stage"] = self.made["pipeline"]["stages"][:2]
        self.make(
            "custom_field",
            "custom-fields",
            record_type="deal",
            field_name=f"field_{word}",
            field_label=f"Field of {word}",
            field_type="text",
            help_text=f"Help of {word}",
        )
        self.make("webhook_endpoint", "webhook-endpoints", url=f"https://{word}.example.com/hook")

    def entities(self) -> None:
        word = self.word
        fields = {"name": f"Entity {word}", "legal_name": f"Legal {word}", "note": f"Note {word}"}
        self.make("entity", "entities", type="account", **fields, **self.owned)
        self.make("other_entity", "entities", type="account", name=f"Other {word}", **self.owned)
        under = f"entities/{self.id_of('entity')}"
        value = f"{word}-1"
        self.make("identifier", f"{under}/identifiers", type="other", value=value)
        reached = {"channel": "email", "value": f"point@{word}.example.com", "label": f"At {word}"}
        self.make("contact_point", f"{under}/contact-points", **reached)
        street = {name: f"{name} {word}" for name in ("line1", "line2", "city", "region")}
        self.make("address", f"{under}/addresses", kind="billing", country="DE", **street)
        self.make(
            "relationship",
            f"{under}/relationships",
            to_entity=self.id_of("other_entity"),
            relationship_type=f"owns {word}",
            inverse_type=f"owned by {word}",
        )

    def records(self) -> None:
        word = self.word
        entity = {"entity_id": self.id_of("entity")}
        stage = {"stage_id": self.id_of("stage")}
        self.make("deal", "deals", name=f"Deal {word}", **entity, **stage, **self.owned)
        about = {"related_to_type": "deal", "related_to_id": self.id_of("deal")}
        task = {"type": "task", "subject": f"Task {word}", "description": f"Do {word}"}
        mine = {"assigned_to": self.made["user"]["id"]}
        self.make("activity", "activities", **task, **about, **mine)
        names = ("first_name", "last_name", "organization_name", "source")
        texts = {name: f"{name} {word}" for name in names}
        texts["email"] = f"lead@{word}.example.com"
        self.make("lead", "leads", **texts, **self.owned)
        said = {"name": f"Case {word}", "description": f"About {word}"}
        self.make("case", "cases", **said, **entity, **self.owned)
        for kind in ("entity", "lead", "case"):
            about = {"related_to_type": kind, "related_to_id": self.id_of(kind)}
            self.make("other_activity", "activities", type="note", subject=f"On {word}", **about)

    def files(self) -> None:
        team = self.id_of("team")
        path = stored(self.admin, f"Document {self.word}", shared_with=[team])
        self.made["document"] = {**_read(self.admin, path)["document_obj"], "file": FILE}
        for kind in ("entity", "deal", "activity", "lead", "case"):
            self.make(
                "attachment",
                "attachments",
                related_to_type=kind,
                related_to_id=self.id_of(kind),
                document_id=self.id_of("document"),
                description=f"Attached by {self.word}",
            )

    def automation(self) -> None:
        word = self.word
        texts = {"subject": f"Subject {word}", "body": f"Body {word}"}
        tell = {"type": "send_notification", "to": "owner", "channel": "in_app", **texts}
        rule = {"name": f"Rule {word}", "description": f"Rule of {word}", "record_type": "deal"}
        trigger = {"event": "created"}
        self.make("workflow_rule", "workflow-rules", **rule, trigger=trigger, actions=[tell])
        deal = {"name": f"Set off {word}", "entity_id": self.id_of("other_entity"), **self.owned}
        with recorded() as records:
            self.make("ruled_deal", "deals", **deal)
        automate([one for one in records if self.id_of("ruled_deal") in str(one)])
        [self.made["workflow_execution"]] = executions(self.admin, "deal", self.made["ruled_deal"])
        self.made["notification"] = self._notification()
        delivery = webhooks.stage(self.admin, self.id_of("webhook_endpoint"))
        self.made["webhook_delivery"] = {"id": delivery.id}

    def _notification(self) -> Any:
        """One about nothing, which the admin has not read."""
        transaction = Transaction()
        reader = (str(self.admin.organization_id), self.admin.user_id)
        subject, body = f"Subject {self.word}", f"Body {self.word}"
        made = notifications.notify(transaction, *reader, ids.new_id(), subject, body, None)
        transaction.commit()
        return _read(self.admin, f"/api/notifications/{made.id}")


def _jobs(cloud: Cloud, admin: Client, maker: _Maker) -> None:
    """An export with a file, an import with rows that failed, and an erasure."""
    maker.made["export"] = exports.run(admin, cloud, "deal", "jsonl")
    rows = [("type", "name"), ("account", f"Row {maker.word}"), ("nothing", "Fault")]
    maker.made["import"] = imports.run(admin, cloud, imports.table(rows))
    assert maker.made["import"]["failed_rows"] == 1
    lead = _good(admin.post("/api/leads", {"last_name": f"Person {maker.word}"}))
    person = {"record_type": "lead", "record_id": lead["id"]}
    maker.made["erasure"] = _good(admin.post("/api/erasures", person))


def _good(reply: Reply) -> Any:
    assert reply.status == 201, reply.text
    return reply.json


def _read(who: Client, path: str) -> Any:
    reply = who.get(path)
    assert reply.status == 200, reply.text
    return reply.json
