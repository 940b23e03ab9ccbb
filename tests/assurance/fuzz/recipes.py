"""Creation of each kind: its path, and an accepted body."""

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tests.support.integration.client import TEXT, Json, made

if TYPE_CHECKING:
    from tests.assurance.fuzz.world import World

_numbers = itertools.count(1)

TELLING, FAILING = "Tells", "Fails"
"""Names of the cases that set off rules: one that does what it should, one that cannot."""


def word(what: str) -> str:
    """A name that nothing has."""
    return f"{what} {next(_numbers)}"


def _team(world: "World") -> Json:
    return {"name": word("Team"), "users": [world.admin.id, world.member.id]}


def _pipeline(world: "World") -> Json:
    stages = [("Opened", 10, "open"), ("Offered", 50, "open"), ("Won", 100, "closed_won")]
    return {
        "name": word("Pipeline"),
        "stages": [
            {"name": name, "probability": chance, "status": status}
            for name, chance, status in stages
        ],
    }


def _stage(world: "World") -> Json:
    return {"name": word("Stage"), "probability": 20}


def _custom_field(world: "World") -> Json:
    name = word("field").replace(" ", "_")
    labels = {"field_name": name, "field_label": name}
    return {"record_type": "deal", "field_type": "text", **labels}


def _entity(world: "World") -> Json:
    return {"type": "account", "name": word("Entity"), **_shared(world)}


def _contact_point(world: "World") -> Json:
    return {"channel": "email", "value": f"point{next(_numbers)}@example.com"}


def _identifier(world: "World") -> Json:
    return {"type": "other", "value": word("DE")}


def _address(world: "World") -> Json:
    return {"kind": "billing", "line1": word("Street"), "city": "Kiel", "country": "DE"}


def _relationship(world: "World") -> Json:
    return {"to_entity": world.make("entity"), "relationship_type": word("owns")}


def _deal(world: "World") -> Json:
    return {"name": word("Deal"), "entity_id": world.id_of("entity"), **_shared(world)}


def _lead(world: "World") -> Json:
    return {"last_name": word("Hopper"), "email": "grace@example.com", **_shared(world)}


def _case(world: "World") -> Json:
    return {"name": word("Case"), **_shared(world)}


def _activity(world: "World") -> Json:
    return {"type": "task", "subject": word("Call"), **_about(world)}


def _document(world: "World") -> Json:
    return {"title": word("Document"), "file": TEXT.said(), "shared_with": [world.id_of("team")]}


def _attachment(world: "World") -> Json:
    return {**_about(world), "document_id": world.make("document")}


def _webhook_endpoint(world: "World") -> Json:
    return {"url": f"http://127.0.0.1:9/{next(_numbers)}"}


def _workflow_rule(world: "World") -> Json:
    """Tells somebody, and calls an endpoint that does not answer."""
    texts = {"subject": "Look", "body": "At {{record.name}}"}
    tell = {"type": "send_notification", "to": world.admin.id, "channel": "in_app", **texts}
    call = {"type": "call_webhook", "url": world.record("webhook_endpoint")["url"]}
    return {"actions": [tell, call], **_rule(TELLING)}


def failing_rule(world: "World") -> Json:
    """Gives cases to the members of a team that has none; what it did can be tried again."""
    nobody = made(world.admin.post("/api/teams", {"name": word("Nobody")}))["id"]
    return {"actions": [{"type": "assign_owner", "round_robin": nobody}], **_rule(FAILING)}


def _rule(name: str) -> Json:
    named = {"field": "name", "operator": "equals", "value": name}
    trigger = {"event": "created"}
    return {"name": word("Rule"), "record_type": "case", "trigger": trigger, "conditions": named}


def _export(world: "World") -> Json:
    return {"record_type": "deal", "format": "jsonl"}


def _import(world: "World") -> Json:
    return {
        "record_type": "entity",
        "file": {"name": "x.csv", "content_type": "text/csv", "size": 9},
    }


def _member(world: "World") -> Json:
    names = {"first_name": "Grace", "last_name": word("Hopper")}
    return {"email": world.brook.address("Grace"), **names}


def _shared(world: "World") -> Json:
    return {"shared_with": [world.id_of("team")]}


def _about(world: "World") -> Json:
    return {"related_to_type": "deal", "related_to_id": world.id_of("deal")}


RECIPES: Mapping[str, Callable[["World"], Json]] = {
    "user": _member,
    "team": _team,
    "pipeline": _pipeline,
    "stage": _stage,
    "custom_field": _custom_field,
    "webhook_endpoint": _webhook_endpoint,
    "entity": _entity,
    "contact_point": _contact_point,
    "identifier": _identifier,
    "address": _address,
    "relationship": _relationship,
    "deal": _deal,
    "lead": _lead,
    "case": _case,
    "activity": _activity,
    "document": _document,
    "attachment": _attachment,
    "workflow_rule": _workflow_rule,
    "export": _export,
    "import": _import,
}
"""A resource created by one request, with its prerequisites."""


def _move(world: "World") -> Json:
    return {"stage_id": world.id_of("stage"), "note": "Go"}


def _merge(world: "World") -> Json:
    return {"from": world.make("entity")}


def _convert(world: "World") -> Json:
    return {"create_deal": True}


def _rule_test(world: "World") -> Json:
    return {"after": {"name": TELLING}}


def _file(world: "World") -> Json:
    return TEXT.said()


def _organization(world: "World") -> Json:
    return {"name": word("Organization")}


ACTS: Mapping[str, Callable[["World"], Json]] = {
    "convert_lead": _convert,
    "found_organization": _organization,
    "merge_entities": _merge,
    "move_deal": _move,
    "replace_file": _file,
    "test_workflow_rule": _rule_test,
}
"""The bodies of what makes nothing new of a kind, by the operation."""
