"""Manipulated archives: each wrong line is refused with its location."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from crm.administration.archive.dump import Piece
from crm.administration.archive.restoration import Restore
from crm.platform import ids
from crm.platform.errors import ValidationFailedError
from tests.support import activities, cases, deals, leads, related, rules
from tests.support.archives import caller_of, defined, dumped, take_in, undisturbed
from tests.support.client import Client
from tests.support.entities import UNKNOWN, address, contact_point, entity, identifier
from tests.support.entities import related as relate
from tests.support.forms import stored
from tests.support.stream import project, recorded
from tests.support.tables import items

pytestmark = pytest.mark.thorough

LATER = "2026-01-01T00:00:00.000Z"

Change = dict[str, Any] | Callable[[dict[str, Any]], Any]
"""Fields that get other values, or whatever else becomes of a line."""

HEAD: dict[str, Change] = {
    "an unknown field": {"secret": "x"},
    "another organization": {"organization_id": UNKNOWN},
    "an id that is none": {"id": "x#y"},
    "an id in capitals": {"id": UNKNOWN.upper()},
    "an id of the future": {"id": "ffffffff-0000-7000-8000-000000000000"},
    "an id of another kind": {"id": "a1a1ffdb-0000-4000-8000-000000000000"},
    "no version": {"version": 0},
    "a version that is no number": {"version": "1"},
    "a time that is none": {"created_on": "yesterday"},
    "a user with a delimiter": {"created_by": "a#b"},
    "a user that is too long": {"updated_by": "a" * 129},
}
"""Refused lines of each record."""

OF_SECTION: dict[str, dict[str, Change]] = {
    "manifest": {
        "another format": {"format": "other"},
        "another version": {"version": 2},
    },
    "people": {
        "no address": {"email": "x"},
        "an id with a delimiter": {"id": "a#b"},
    },
    "organization": {"no currency": {"default_currency": "XYZW"}, "no name": {"name": " "}},
    "members": {
        "nobody of the archive": {"id": UNKNOWN},
        "no role": {"role": "owner"},
        "teams of its own": {"teams": [UNKNOWN]},
    },
    "teams": {"a stranger": {"users": [UNKNOWN]}, "a long name": {"name": "x" * 256}},
    "custom_fields": {
        "a name with a delimiter": {"field_name": "a#b"},
        "no type": {"field_type": "blob"},
        "a default of another type": {"default_value": "many"},
    },
    "pipelines": {
        "stages that are one": lambda line: line["stages"].append(dict(line["stages"][0])),
        "a stage of elsewhere": lambda line: line["stages"][0].update(allowed_from=[UNKNOWN]),
        "stages out of order": lambda line: line["stages"].reverse(),
        "a stage with a secret": lambda line: line["stages"][0].update(uses=5),
    },
    "webhook_endpoints": {
        "a secret": {"secret": "whsec_x"},
        "an inner address": {"url": "http://169.254.169.254/"},
    },
    "entities": {
        "an unknown team": {"shared_with": [UNKNOWN]},
        "no team": {"shared_with": ["sales#x"]},
        "too many teams": {"shared_with": [ids.new_id() for _ in range(21)]},
        "a custom field with a delimiter": {"custom_fields": {"a#b": {"text": "x"}}},
        "a custom field of no type": {"custom_fields": {"size": {"blob": "x"}}},
        "a custom field of two types": {"custom_fields": {"size": {"text": "x", "number": "1"}}},
        "a date that is none": {"custom_fields": {"since": {"date": "2026#02"}}},
        "a date that is a list": {"custom_fields": {"since": {"date": ["2026-01-01"]}}},
        "a choice that is an object": {"custom_fields": {"since": {"choice": {"a": 1}}}},
        "too much": {"custom_fields": {f"f{n}": {"text": "x" * 9_999} for n in range(16)}},
        "too many lists": {"custom_fields": {f"d{n}": {"date": "2026-01-01"} for n in range(90)}},
        "a name of two lines": {"name": "a\nb"},
        "an unknown kind": {"type": "robot"},
    },
    "identifiers": {
        "no such entity": {"entity_id": "00000000-0000-7000-8000-000000000000"},
        "nothing to compare": {"value": "---"},
    },
    "contact_points": {"no address": {"value": "nobody"}},
    "addresses": {"no country": {"country": "XX"}},
    "relationships": {
        "no other entity": {"to_entity": UNKNOWN},
        "itself": lambda line: line.update(to_entity=line["from_entity"]),
        "an end before it starts": {"start_date": "2026-02-01", "end_date": "2026-01-01"},
    },
    "deals": {
        "no such entity": {"entity_id": UNKNOWN},
        "no such pipeline": {"pipeline_id": UNKNOWN},
        "no such stage": {"stage_id": UNKNOWN},
        "the status of another stage": {"status": "won", "closed_on": LATER},
        "closed and open": {"closed_on": LATER},
        "an amount that is none": {"amount": "NaN"},
        "an amount with too many decimals": {"amount": "1.001"},
        "a weight of its own": {"weighted_amount": "9999999.00"},
        "a date in disguise": {"expected_close_date": "2026-01-01#x"},
    },
    "deal_stays": {
        "no such deal": {"deal_id": "00000000-0000-7000-8000-000000000000"},
        "an end without a length": {"left_on": LATER},
    },
    "leads": {
        "converted into nothing": {"status": "converted", "converted_on": LATER},
        "an amount that is none": {"amount": "1e9"},
        "no number": {"phone": "none"},
    },
    "cases": {
        "no such entity": {"entity_id": UNKNOWN},
        "closed at no time": {"status": "closed"},
    },
    "activities": {
        "about nothing": {"related_to_id": UNKNOWN},
        "half of what it is about": {"related_to_type": None},
        "of no kind": {"type": "dream"},
        "with the fields of another kind": {"phone_number": "1"},
        "shared": {"shared_with": [UNKNOWN]},
        "completed at no time": {"is_completed": True, "status": "completed"},
    },
    "document_files": {
        "no kind of file": {"file_name": "x.exe"},
        "another type": {"content_type": "text/html"},
        "the file of another document": {"file_key": "files/x/y/z"},
        "version 0": {"n": 0},
        "a path": {"document_id": "../../x"},
        "too large": {"size": 10**12},
    },
    "documents": {
        "another file": {"size": 999},
        "a file that is not there": {"file_version": 7},
        "a key of its own": {"file_key": "files/x/y/z"},
        "a file, and none": {"upload_status": "pending"},
    },
    "attachments": {
        "on nothing": {"related_to_id": UNKNOWN},
        "on a document": {"related_to_type": "document"},
        "no such document": {"document_id": "00000000-0000-7000-8000-000000000000"},
    },
    "events": {
        "of nothing": {"record_id": "00000000-0000-7000-8000-000000000000"},
        "of no kind": {"type": "explosion"},
        "with more to say": {"data": {"html": "x"}},
        "with no id": {"data": {"from": "a#b"}},
    },
    "history": {
        "of nothing": {"record_id": "00000000-0000-7000-8000-000000000000"},
        "of a kind that has none": {"record_type": "team"},
        "with depths": {"changes": [{"field": "name", "old": {"a": {}}, "new": None}]},
        "with a huge number": {"changes": [{"field": "name", "old": 10**30, "new": None}]},
    },
    "workflow_rules": {
        "an unknown action": {"actions": [{"type": "run", "code": "x"}]},
        "an unknown operator": {"conditions": {"field": "name", "operator": "~", "value": 1}},
        "an object for a field": {
            "actions": [{"type": "update_field", "field": "name", "value": {"a": {"b": 1}}}]
        },
        "no trigger": {"trigger": {}},
    },
}
RECORDS = OF_SECTION.keys() - {
    *("manifest", "people", "members", "deal_stays", "document_files", "events", "history"),
}


@pytest.fixture
def pieces(ada: Client) -> list[Piece]:
    """The archive of an organization with one of each kind, or a few."""
    with recorded() as records:
        made = ada.post("/api/teams", {"name": "Sales", "users": [ada.user_id]})
        assert made.status == 201
        defined(ada, "entity", "size", "number", default_value=5)
        ada.post("/api/webhook-endpoints", {"url": "https://example.com/hook"})
        first, second = entity(ada, "One"), entity(ada, "Two")
        identifier(ada, first)
        contact_point(ada, first)
        address(ada, first)
        relate(ada, first, second)
        deal = deals.deal(ada, entity_id=first["id"], amount=5)
        leads.lead(ada)
        cases.case(ada, entity_id=first["id"])
        related.about(ada, "deal", deal, activities.TASK)
        document = stored(ada).rpartition("/")[2]
        related.attach(ada, "deal", deal, document_id=document, file=None)
        third = entity(ada, "Three")
        assert ada.post(f"/api/entities/{second['id']}/merge", {"from": third["id"]}).status == 200
        rules.rule(ada)
    project(records)
    return dumped(ada.organization_id)


def test_each_wrong_line_is_refused(ada: Client, pieces: Sequence[Piece]) -> None:
    """Each is offered when it is its turn; the right ones are taken in after it."""
    target = ada.within(ada.within(None).post("/api/organizations", {"name": "X"}).json["id"])
    outside = foreign(target)
    position: Any = None
    tried = 0
    with undisturbed():
        for piece in pieces:
            section = piece.name.partition("/")[0].removesuffix(".json")
            changes = {**(HEAD if section in RECORDS else {}), **OF_SECTION[section]}
            for words, change in changes.items():
                restore = Restore(caller_of(target), position)
                detail = refusal(restore, piece, changed(piece.lines, change))
                assert detail.startswith(f"{piece.name}, line "), (section, words, detail)
                assert restore.position == Restore(caller_of(target), position).position
                tried += 1
            restore = Restore(caller_of(target), position)
            take_in(restore, piece)
            position = restore.position
    assert tried > 150
    assert foreign(target) == outside


def refusal(restore: Restore, piece: Piece, lines: Sequence[str]) -> str:
    """Return the error of a piece; empty if it is restored."""
    try:
        take_in(restore, piece, lines)
    except ValidationFailedError as error:
        return error.detail
    return ""


def changed(lines: Sequence[str], change: Change) -> list[str]:
    """The lines, of which the last is another one."""
    line = json.loads(lines[-1])
    if callable(change):
        change(line)
    else:
        line.update(change)
    return [*lines[:-1], json.dumps(line)]


def foreign(target: Client) -> dict[Any, Any]:
    """All that is outside of the organization; what is known of its people aside."""
    inside = f"ORG#{target.organization_id}#"
    return {
        key: item
        for key, item in items().items()
        if not key[0].startswith(inside) and key[1] != f"ORG#{target.organization_id}"
    }


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        (b"", "It is not valid JSON."),
        (b"{", "It is not valid JSON."),
        (b'{"id": NaN}', "It is not valid JSON."),
        (b'{"id": "\\ud800"}', "It is not valid JSON."),
        (b"\xff", "It is not valid JSON."),
        (b"[" * 5000, "It is not valid JSON."),
        (b'{"a": 1, "a": 2}', "It is not valid JSON."),
        (b'"' + b"x" * 409_000 + b'"', "It is longer than 409,000 bytes."),
        (b"[]", "body: must be an object"),
        (b"1" * 5000, "It is not valid JSON."),
    ],
)
def test_what_is_no_line_is_refused(ada: Client, text: bytes, detail: str) -> None:
    with pytest.raises(ValidationFailedError) as refused:
        Restore(caller_of(ada)).take("manifest.json", [text])
    assert refused.value.detail == f"manifest.json, line 1: {detail}"


@pytest.mark.parametrize(
    "name",
    [
        *("", "x", "entities", "entities.jsonl", "entities/1.jsonl", "entities/000000.jsonl"),
        *("entities/000001.jsonl", "people/000001.jsonl", "manifest/000001.jsonl"),
        *("../manifest.json", "manifest.json\n", "files/x/1"),
    ],
)
def test_a_piece_that_is_not_the_next_one_is_refused(
    ada: Client, pieces: Sequence[Piece], name: str
) -> None:
    with pytest.raises(ValidationFailedError):
        Restore(caller_of(ada)).take(name, pieces[0].lines)


def test_a_line_stands_once_and_in_order(ada: Client, pieces: Sequence[Piece]) -> None:
    target = ada.within(ada.within(None).post("/api/organizations", {"name": "X"}).json["id"])
    restore = Restore(caller_of(target))
    with undisturbed():
        for piece in pieces:
            if piece.name.startswith("entities"):
                for lines in ([*piece.lines, piece.lines[-1]], list(reversed(piece.lines))):
                    with pytest.raises(ValidationFailedError) as refused:
                        restore.take(piece.name, lines)
                    assert "order" in refused.value.detail
                restore.take(piece.name, piece.lines)
                for name in (
                    "entities/000002.jsonl",
                    "entities/000003.jsonl",
                    "teams/000001.jsonl",
                ):
                    with pytest.raises(ValidationFailedError):
                        restore.take(name, piece.lines)
                return
            take_in(restore, piece)


def test_an_archive_without_people_is_none(ada: Client, pieces: Sequence[Piece]) -> None:
    target = ada.within(ada.within(None).post("/api/organizations", {"name": "X"}).json["id"])
    restore = Restore(caller_of(target))
    restore.take(pieces[0].name, pieces[0].lines)
    with pytest.raises(ValidationFailedError) as refused:
        restore.finish()
    assert refused.value.detail == "The archive has no people."


def test_two_people_of_one_address_are_refused(ada: Client, pieces: Sequence[Piece]) -> None:
    target = ada.within(ada.within(None).post("/api/organizations", {"name": "X"}).json["id"])
    restore = Restore(caller_of(target))
    restore.take(pieces[0].name, pieces[0].lines)
    twin = {**json.loads(pieces[1].lines[0]), "id": "somebody-else"}
    with pytest.raises(ValidationFailedError) as refused:
        restore.take(pieces[1].name, [*pieces[1].lines, json.dumps(twin)])
    assert refused.value.detail.endswith("email: is that of another one, too")


def test_an_admin_who_restores_stays_one(ada: Client, pieces: Sequence[Piece]) -> None:
    target = ada.within(ada.within(None).post("/api/organizations", {"name": "X"}).json["id"])
    restore = Restore(caller_of(target))
    for piece in pieces[:4]:
        lines = [
            line.replace('"role":"admin"', '"role":"member"').replace(
                '"is_active":true', '"is_active":false'
            )
            for line in piece.lines
        ]
        restore.take(piece.name, lines)
    me = target.get(f"/api/members/{ada.user_id}").json
    assert (me["role"], me["is_active"]) == ("admin", True)


def test_a_rule_that_makes_no_sense_is_switched_off(ada: Client, pieces: Sequence[Piece]) -> None:
    target = ada.within(ada.within(None).post("/api/organizations", {"name": "X"}).json["id"])
    restore = Restore(caller_of(target))
    with undisturbed():
        for piece in pieces:
            lines = list(piece.lines)
            if piece.name.startswith("workflow_rules"):
                lines = changed(lines, {"actions": [{"type": "share_with", "team_id": UNKNOWN}]})
            take_in(restore, piece, lines)
    [rule] = target.get("/api/workflow-rules").json["results"]
    assert not rule["is_active"]


def test_a_record_in_many_lists_is_in_all_of_them(ada: Client, pieces: Sequence[Piece]) -> None:
    target = ada.within(ada.within(None).post("/api/organizations", {"name": "X"}).json["id"])
    restore = Restore(caller_of(target))
    dates = {f"d{n}": {"date": "2026-01-01"} for n in range(60)}
    with undisturbed():
        for piece in pieces:
            lines = list(piece.lines)
            if piece.name.startswith("entities"):
                lines = changed(lines, {"custom_fields": dates})
                entity_id = json.loads(lines[-1])["id"]
            take_in(restore, piece, lines)
    prefix = f"ORG#{target.organization_id}#LIST#ENTITY#date#custom_fields.d"
    listed = [sk for pk, sk in items() if pk.startswith(prefix)]
    assert listed == [f"2026-01-01#{entity_id}"] * 60
    again = {piece.name: piece.lines for piece in dumped(target.organization_id)}
    assert json.loads(again["entities/000001.jsonl"][-1])["custom_fields"] == dates
