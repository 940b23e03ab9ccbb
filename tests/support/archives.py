"""An organization with some of everything, its archive, and what takes that in again."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from crm.administration.archive import dump as dumping
from crm.administration.archive import writer
from crm.administration.archive.dump import Dump, Piece
from crm.administration.archive.restoration import Restore
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.table import RECORDS
from crm.tenancy.members import service as members
from crm.tenancy.permissions import Caller
from tests.support import activities, cases, deals, entities, leads, related, rules
from tests.support.client import Client
from tests.support.cloud import BUCKET, client
from tests.support.forms import stored
from tests.support.stream import project, recorded
from tests.support.uploads import announce, declared, upload

World = dict[str, Any]
"""Created records by name."""


class OneByOne:
    """An executor that does what it is given at once, in this thread."""

    def __init__(self, max_workers: int) -> None:
        del max_workers

    def __enter__(self) -> "OneByOne":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    map = staticmethod(map)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Nobody else writes: nothing has to be waited for. moto bears one thread only."""
    with (
        patch.object(dumping, "SETTLING_SECONDS", 0.0),
        patch.object(writer, "ThreadPoolExecutor", OneByOne),
    ):
        yield


def defined(admin: Client, record_type: str, name: str, kind: str, **fields: Any) -> Any:
    """A new custom field."""
    body = {"record_type": record_type, "field_name": name, "field_label": name, **fields}
    made = admin.post("/api/custom-fields", {**body, "field_type": kind})
    assert made.status == 201, made.text
    return made.json


def build(ada: Client, ben: Client, cleo: Client, team: str) -> World:
    """Some of everything, with the history that the stream keeps of it.

    Args:
        ada: the founder.
        ben: in no team.
        cleo: in the team.
        team: the team Sales.
    """
    with recorded() as first:
        world = _settings(ada, ben, team)
        world |= _people(ada, ben, team, world)
    project(first)
    with recorded() as second:
        world |= _business(ada, ben, cleo, team, world)
    project(second)
    _move(ada, ben, world)
    with recorded() as third:
        _changes(ada, ben, world)
    project(third)
    with recorded() as fourth:
        world |= _rules(ada, ben, team)
    project(fourth)
    return world


def _settings(ada: Client, ben: Client, team: str) -> World:
    del ben, team
    for name, kind, more in (
        ("size", "number", {"default_value": 5}),
        ("since", "date", {}),
        ("colour", "choice", {"choices": ["red", "blue"]}),
        ("likes", "multi_choice", {"choices": ["tea", "milk"]}),
        ("link", "url", {}),
    ):
        defined(ada, "entity", name, kind, **more)
    gone = defined(ada, "entity", "gone", "text")
    defined(ada, "deal", "signed", "datetime")
    defined(ada, "relationship", "strength", "number")
    sales = deals.sales(ada)
    second = deals.pipeline(
        ada, "Second", {"name": "In"}, {"name": "Out", "status": "closed_won"}, is_active=True
    )
    stage = second["stages"][1]
    narrowed = ada.patch(
        f"/api/pipelines/{second['id']}/stages/{stage['id']}",
        {"allowed_from": [second["stages"][0]["id"]]},
    )
    assert narrowed.status == 200, narrowed.text
    endpoint = ada.post("/api/webhook-endpoints", {"url": "https://example.com/hook"}).json
    return {"gone": gone, "second": second, "endpoint": endpoint, "sales": sales}


def _people(ada: Client, ben: Client, team: str, world: World) -> World:
    custom = {
        "size": "1.50",
        "since": "2026-01-02",
        "colour": "red",
        "likes": ["tea", "milk"],
        "gone": "hidden",
        "link": "https://example.com/x",
    }
    acme = entities.entity(ada, "Acme", custom_fields=custom, shared_with=[team], note="Größe ☂")
    ida = entities.entity(ben, "Ida", type="contact", legal_name="Ida L.")
    twin = entities.entity(ada, "Acme twin", legal_name="Twin Ltd")
    entities.identifier(ada, acme, is_primary=True)
    entities.identifier(ada, acme, type="duns", value="12-345")
    entities.contact_point(ben, ida, is_primary=True)
    entities.contact_point(ben, ida, value="Second@Example.com")
    entities.part(ada, twin, "contact-points", entities.PHONE)
    entities.address(ada, acme, is_primary=True)
    entities.related(ada, acme, ida, "employs", custom_fields={"strength": 3})
    entities.related(ada, twin, ida, "owns", inverse_type="is owned by")
    gone = ada.delete(f"/api/custom-fields/{world['gone']['id']}")
    assert gone.status == 204, gone.text
    return {"acme": acme, "ida": ida, "twin": twin}


def _business(ada: Client, ben: Client, cleo: Client, team: str, world: World) -> World:
    acme, ida = world["acme"], world["ida"]
    big = deals.deal(
        ada,
        "Big",
        entity_id=acme["id"],
        amount="1000.50",
        expected_close_date="2026-12-31",
        assigned_to=ben.user_id,
        custom_fields={"signed": "2026-03-04T05:06:07Z"},
    )
    small = deals.deal(ben, "Small", entity_id=ida["id"], amount=7, currency="JPY")
    of_twin = deals.deal(ada, "Twin's", entity_id=world["twin"]["id"], shared_with=[team])
    other = deals.deal(
        ada, "Other way", entity_id=acme["id"], stage_id=world["second"]["stages"][0]["id"]
    )
    lead = leads.lead(ada, "Hopper", **{**leads.FULL, "last_name": "Hopper"}, shared_with=[team])
    note = related.about(ada, "lead", lead, {**activities.NOTE, "due_date": "2026-12-01"})
    converted = leads.lead(ben, "Lovelace", organization_name="Engine", email="al@example.com")
    call = related.about(ben, "lead", converted, activities.CALL)
    case = cases.case(cleo, entity_id=None, description="Smoke\nand fire")
    of_acme = cases.case(ada, "It hums", entity_id=acme["id"], status="closed", priority="high")
    task = activities.activity(ada, "task", due_date="2026-11-30", assigned_to=cleo.user_id)
    for kind in ("event", "email"):
        activities.activity(ada, kind, **activities.about(acme))
    plan = stored(ada, "Plan", shared_with=[team]).rpartition("/")[2]
    hidden = stored(ben, "Hidden", b"other text", status="inactive").rpartition("/")[2]
    waiting = announce(cleo, "Waiting")
    attached = related.attach(ada, "deal", big, document_id=plan, file=None, description="See")
    related.attach(ada, "entity", acme, document_id=plan, file=None)
    came = ada.post(
        "/api/attachments",
        {"related_to_type": "case", "related_to_id": of_acme["id"], "file": declared()},
    )
    assert came.status == 201, came.text
    upload(came)
    related.attach(ada, "activity", task, document_id=plan, file=None)
    return {
        "big": big,
        "small": small,
        "of_twin": of_twin,
        "other": other,
        "lead": lead,
        "note": note,
        "converted": converted,
        "call": call,
        "case": case,
        "of_acme": of_acme,
        "task": task,
        "plan": plan,
        "hidden": hidden,
        "waiting": waiting.json["id"],
        "attached": attached,
        "came": came.json,
    }


def _move(ada: Client, ben: Client, world: World) -> None:
    """Each step is told of by itself: sums count the stages in between."""
    stages = world["sales"]
    for who, deal, stage, note in (
        (ada, "big", "Qualified", "Warm"),
        (ben, "big", "Won", None),
        (ben, "small", "Lost", None),
    ):
        with recorded() as step:
            deals.move(who, world[deal], stages[stage], note=note)
        project(step)


def _changes(ada: Client, ben: Client, world: World) -> None:
    """Change the records, so that they have a history."""
    acme = world["acme"]
    leads.converted(ben, world["converted"], create_deal=True)
    merged = ada.post(f"{entities.path_of(acme)}/merge", {"from": world["twin"]["id"]})
    assert merged.status == 200, merged.text
    for path, body in (
        (f"/api/activities/{world['task']['id']}", {"status": "completed"}),
        (f"/api/entities/{world['ida']['id']}", {"assigned_to": ada.user_id, "name": "Ida B."}),
        (f"/api/cases/{world['case']['id']}", {"entity_id": acme["id"]}),
    ):
        changed = ada.patch(path, body)
        assert changed.status == 200, changed.text
    again = ada.post(f"/api/documents/{world['plan']}/file", declared(b"new text"))
    assert again.status in {200, 201}, again.text
    upload(again, b"new text")
    renamed = ada.patch(f"/api/organizations/{ada.organization_id}", {"name": "Brook & Co"})
    assert renamed.status == 200, renamed.text


def _rules(ada: Client, ben: Client, team: str) -> World:
    made = rules.rule(
        ada,
        {"type": "assign_owner", "to": ben.user_id},
        {"type": "send_notification", "to": team, "channel": "in_app", "subject": "S", "body": "B"},
        {"type": "call_webhook", "url": "https://example.com/hook"},
        {**rules.TASK, "assigned_to": ben.user_id, "delay": {"days": 1}},
        rules.setting("assigned_to", ben.user_id),
        conditions={
            "all": [
                {"field": "assigned_to", "operator": "in", "value": [ben.user_id, ada.user_id]},
                {"not": {"field": "created_by", "operator": "equals", "value": ben.user_id}},
                {"any": [{"field": "name", "operator": "contains", "value": "x"}]},
            ]
        },
    )
    dated = rules.rule(
        ada,
        record_type="deal",
        name="Dated",
        trigger={
            "event": "date_reached",
            "field": "expected_close_date",
            "offset": {"days": -3},
        },
    )
    off = rules.rule(ada, name="Off", record_type="case", is_active=False)
    return {"rule": made, "dated": dated, "off": off}


def caller_of(who: Client) -> Caller:
    return members.caller(who.user_id, False, str(who.organization_id))


def dumped(organization_id: str | None) -> list[Piece]:
    """All pieces of an organization, each by a dump that is resumed."""
    pieces: list[Piece] = []
    position: Any = None
    with undisturbed():
        while True:
            dump = Dump(str(organization_id), position)
            piece = dump.next()
            if piece is None:
                return pieces
            pieces.append(piece)
            position = json.loads(json.dumps(dump.position))


def take_in(restore: Restore, piece: Piece, lines: Sequence[str] | None = None) -> None:
    """Take in a piece, its files first."""
    told = piece.lines if lines is None else lines
    keys_of = {file.entry: file.key for file in piece.files}
    for file in restore.files(piece.name, told):
        source = {"Bucket": BUCKET, "Key": keys_of[file.entry]}
        client("s3").copy_object(Bucket=BUCKET, Key=file.key, CopySource=source)
    restore.take(piece.name, told)


def restored(who: Client, pieces: Sequence[Piece]) -> Restore:
    """Take in an archive, each piece by a restore that is resumed, and let the stream follow."""
    position: Any = None
    with undisturbed(), recorded() as records:
        for piece in pieces:
            restore = Restore(caller_of(who), position)
            take_in(restore, piece)
            position = json.loads(json.dumps(restore.position))
        restore = Restore(caller_of(who), position)
        restore.finish()
    project(records)
    return restore


def comparable(pieces: Sequence[Piece]) -> dict[str, list[Any]]:
    """The lines of an archive by piece, without what a restored organization has of its own."""
    found: dict[str, list[Any]] = {}
    for piece in pieces:
        lines = [json.loads(line) for line in piece.lines]
        for line in lines:
            if piece.name == "manifest.json":
                line.pop("organization_id")
            if piece.name == "organization.json":
                line.pop("id")
            if piece.name.startswith("webhook_endpoints/"):
                line.pop("is_active")
                line.pop("disabled_reason", None)
        found[piece.name] = lines
    return found


def uses_of(organization_id: str | None) -> Mapping[tuple[str, str], Any]:
    """All counts of an organization: of limits, and of records that point to others."""
    from tests.support.tables import items

    prefix = keys.organization_prefix(str(organization_id))
    return {
        (pk.removeprefix(prefix), sk): item.get("uses") or item.get("count")
        for (pk, sk), item in items(RECORDS.name).items()
        if pk.startswith((f"{prefix}USES#", f"{prefix}COUNT#"))
    }
