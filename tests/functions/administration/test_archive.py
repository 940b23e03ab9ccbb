"""An organization that is dumped and restored: the same records, relations, history and counts."""

import time
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from crm.administration.archive import dump as dumping
from crm.administration.archive import iteration
from crm.administration.archive.dump import Dump
from crm.administration.archive.emptiness import require_empty
from crm.administration.archive.manifest import SECTIONS, parse
from crm.administration.archive.restoration import Restore
from crm.platform import config
from crm.platform.errors import ConflictError, PermissionDeniedError
from tests.support.archives import (
    build,
    caller_of,
    comparable,
    dumped,
    restored,
    take_in,
    undisturbed,
    uses_of,
)
from tests.support.client import Client
from tests.support.cloud import BUCKET, client
from tests.support.crashes import crash_after
from tests.support.entities import entity, path_of
from tests.support.rules import automate, executions
from tests.support.stream import project, recorded
from tests.support.tables import items
from tests.support.uploads import declared, upload

pytestmark = pytest.mark.thorough


@pytest.fixture
def target(ada: Client) -> Client:
    """Ada in another organization, which she has just founded."""
    founded = ada.within(None).post("/api/organizations", {"name": "Empty"})
    assert founded.status == 201, founded.text
    return ada.within(founded.json["id"])


def test_a_second_dump_equals_the_first(
    ada: Client, ben: Client, cleo: Client, team: str, target: Client
) -> None:
    build(ada, ben, cleo, team)
    pieces = dumped(ada.organization_id)
    assert comparable(dumped(ada.organization_id)) == comparable(pieces)

    restored(target, pieces)

    assert comparable(dumped(target.organization_id)) == comparable(pieces)
    before, after = uses_of(ada.organization_id), uses_of(target.organization_id)
    assert {key: count for key, count in after.items() if count} == {
        key: count for key, count in before.items() if count
    }


def test_the_archive_holds_some_of_everything(
    ada: Client, ben: Client, cleo: Client, team: str
) -> None:
    world = build(ada, ben, cleo, team)
    pieces = dumped(ada.organization_id)
    assert [piece.name for piece in pieces] == [section.piece(1) for section in SECTIONS]
    text = b"".join(piece.content for piece in pieces).decode()
    assert "whsec_" not in text
    assert "secret" not in text
    assert world["waiting"] in text
    assert "hidden" in text
    lines = {piece.name.partition("/")[0]: piece.lines for piece in pieces}
    assert {name: len(lines[name]) for name in ("people", "relationships", "deal_stays")} == {
        "people": 3,
        "relationships": 3,
        "deal_stays": 8,
    }
    [files] = [piece.files for piece in pieces if piece.files]
    assert sorted(file.entry for file in files) == sorted(
        f"files/{document}/{n}"
        for document, n in (
            (world["plan"], 1),
            (world["plan"], 2),
            (world["hidden"], 1),
            (world["came"]["document_id"], 1),
        )
    )
    for file in files:
        body = client("s3").get_object(Bucket=BUCKET, Key=file.key)["Body"].read()
        assert len(body) == file.size


def test_a_restored_organization_goes_on_as_the_first_one_did(
    ada: Client, ben: Client, cleo: Client, team: str, target: Client
) -> None:
    world = build(ada, ben, cleo, team)
    restored(target, dumped(ada.organization_id))
    here = str(target.organization_id)
    adas, bens, cleos = target, ben.within(here), cleo.within(here)

    # What there is to see is the same for each of them, on lists, boards and in searches.
    for path in (
        *("entities", "deals", "leads", "cases", "activities", "documents", "pipelines"),
        *("custom-fields", "teams", "members", "workflow-rules"),
        f"entities/{world['acme']['id']}",
        f"entities/{world['ida']['id']}/history",
        f"deals/{world['big']['id']}/stage-history",
        f"deals/{world['big']['id']}/history",
        f"documents/{world['plan']}/versions",
        f"documents/{world['plan']}/history",
        f"timeline?related_to_type=entity&related_to_id={world['acme']['id']}",
        f"attachments?related_to_type=deal&related_to_id={world['big']['id']}",
        f"pipelines/{adas.get('/api/pipelines').json['results'][-1]['id']}/board",
        "reports/forecast",
        "reports/activity-summary",
        "reports/pipeline-velocity",
        "entities?name=acm",
        "leads?name=hopp",
        "documents?title=plan",
    ):
        for before, after in ((ada, adas), (ben, bens), (cleo, cleos)):
            one, other = before.get(f"/api/{path}"), after.get(f"/api/{path}")
            assert (other.status, other.json) == (one.status, one.json), path

    # What is in use cannot go, and can once it is not.
    acme, ida = world["acme"], world["ida"]
    assert adas.delete(path_of(acme)).problem == (409, "in_use")
    stage = f"/api/pipelines/{world['second']['id']}"
    assert adas.delete(stage).problem == (409, "in_use")
    for deal in ("big", "of_twin", "other"):
        assert adas.delete(f"/api/deals/{world[deal]['id']}").status == 204
    assert adas.delete(stage).status == 204
    assert adas.delete(path_of(acme)).problem == (409, "in_use")
    merged = adas.post(f"{path_of(ida)}/merge", {"from": acme["id"]})
    assert merged.status == 200, merged.text
    assert {row["entity_id"] for row in adas.get("/api/cases").json["results"]} == {ida["id"]}
    assert adas.delete(path_of(ida)).problem == (409, "in_use")
    assert adas.delete(f"/api/deals/{world['small']['id']}").status == 204
    for case in ("case", "of_acme"):
        assert adas.delete(f"/api/cases/{world[case]['id']}").status == 204
    assert adas.delete(path_of(ida)).status == 204

    # What went with them has gone here, and nowhere else.
    assert adas.get(f"/api/documents/{world['came']['document_id']}").status == 404
    assert adas.get(f"/api/documents/{world['plan']}").status == 200
    assert ada.get(path_of(acme)).status == 200
    assert not any(count for key, count in uses_of(here).items() if ida["id"] in key[0])

    # The last admin stays, teams work as before, and rules are what they were.
    assert adas.delete(f"/api/members/{ada.user_id}").problem == (409, "last_admin")
    assert adas.delete(f"/api/teams/{team}").status == 204
    assert cleos.get(f"/api/leads/{world['lead']['id']}").status == 403
    assert cleo.get(f"/api/leads/{world['lead']['id']}").status == 200
    [dated] = [
        one for one in adas.get("/api/workflow-rules").json["results"] if one["name"] == "Dated"
    ]
    assert dated["is_active"]
    endpoint = adas.get(f"/api/webhook-endpoints/{world['endpoint']['id']}").json
    assert not endpoint["is_active"]
    assert endpoint["disabled_reason"]


def test_what_is_restored_sets_off_no_rule_and_is_its_own_past(
    ada: Client, ben: Client, cleo: Client, team: str, target: Client
) -> None:
    world = build(ada, ben, cleo, team)
    pieces = dumped(ada.organization_id)
    with recorded() as records:
        restored(target, pieces)
    automate(records)
    here = ada.within(target.organization_id)
    assert executions(here, "deal", world["big"]) == []
    path = f"/api/deals/{world['big']['id']}"
    rows = here.get(f"{path}/history").json["results"]
    with recorded() as changed:
        assert here.patch(path, {"name": "Renamed"}).status == 200
    project(changed)
    [newest, *older] = here.get(f"{path}/history").json["results"]
    assert older == rows
    assert newest["changes"] == [{"field": "name", "old": "Big", "new": "Renamed"}]


def test_a_restore_that_is_killed_after_each_commit_writes_each_thing_once(
    ada: Client, ben: Client, cleo: Client, team: str, target: Client
) -> None:
    build(ada, ben, cleo, team)
    pieces = dumped(ada.organization_id)
    position = None
    crashes = 0
    with undisturbed(), recorded() as records:
        for piece in pieces:
            for _ in range(100):
                restore = Restore(caller_of(target), position)
                with crash_after(1) as crash:
                    take_in(restore, piece)
                crashes += crash.happened
                if not crash.happened:
                    break
            else:
                raise AssertionError(f"{piece.name} is never done")
            position = restore.position
    project(records)
    assert crashes > 50
    assert comparable(dumped(target.organization_id)) == comparable(pieces)
    before, after = uses_of(ada.organization_id), uses_of(target.organization_id)
    assert {key: one for key, one in after.items() if one} == {
        key: one for key, one in before.items() if one
    }


def test_people_are_who_they_are_here_wherever_they_are_named(
    ada: Client, ben: Client, cleo: Client, team: str, target: Client
) -> None:
    """The archive of another deployment: there, the same people had other ids."""
    build(ada, ben, cleo, team)
    pieces = dumped(ada.organization_id)
    there = {who.user_id: f"there|{n}" for n, who in enumerate((ada, ben, cleo))}

    def elsewhere(line: str) -> str:
        for here, other in there.items():
            line = line.replace(here, other)
        return line

    moved = [replace(one, lines=[elsewhere(line) for line in one.lines]) for one in pieces]
    assert any("there|1" in line for piece in moved for line in piece.lines)

    restored(target, moved)

    assert comparable(dumped(target.organization_id)) == comparable(pieces)
    prefix = f"ORG#{target.organization_id}#"
    left = [
        key
        for name in (config.records_table(), config.bookkeeping_table())
        for key, item in items(name).items()
        if key[0].startswith(prefix) and "there|" in str(item) and "#RESTORED" not in key[0]
    ]
    assert left == []


def test_what_changes_during_a_dump_does_not_tear_it_apart(
    ada: Client, ben: Client, cleo: Client, team: str, target: Client
) -> None:
    world = build(ada, ben, cleo, team)
    with undisturbed():
        dump = Dump(str(ada.organization_id))
        pieces = [dump.next(), dump.next(), dump.next(), dump.next(), dump.next()]
        time.sleep(0.005)
        new = entity(ada, "New")
        ada.patch(f"/api/deals/{world['big']['id']}", {"entity_id": new["id"]})
        made = ada.post("/api/teams", {"name": "New", "users": []}).json["id"]
        ada.patch(f"/api/entities/{world['ida']['id']}", {"shared_with": [made]})
        again = ada.post(f"/api/documents/{world['hidden']}/file", declared(b"newest"))
        upload(again, b"newest")
        while (piece := dump.next()) is not None:
            pieces.append(piece)
        left_out = dump.position["left_out"]
    assert left_out == sorted(
        [f"deal#{world['big']['id']}", *(one for one in left_out if one.startswith("activity#"))]
    )
    whole = [piece for piece in pieces if piece is not None]
    restored(target, whole)
    here = ada.within(target.organization_id)
    assert here.get(f"/api/deals/{world['big']['id']}").status == 404
    assert here.get(f"/api/entities/{world['ida']['id']}").json["shared_with"] == []
    assert here.get(f"/api/documents/{world['hidden']}").json["document_obj"]["size"] == 10
    assert here.get(path_of(new)).status == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("entities", {"type": "contact", "name": "One"}),
        ("leads", {"last_name": "One"}),
        ("activities", {"type": "note", "subject": "One"}),
        ("teams", {"name": "One"}),
        ("pipelines", {"name": "One"}),
        ("webhook-endpoints", {"url": "https://example.com/hook"}),
        ("members", {"email": "x@example.com", "first_name": "X", "last_name": "Y"}),
    ],
)
def test_an_archive_goes_into_an_empty_organization_only(
    ada: Client, path: str, body: dict[str, Any]
) -> None:
    require_empty(caller_of(ada))
    assert ada.post(f"/api/{path}", body).status == 201
    with pytest.raises(ConflictError):
        require_empty(caller_of(ada))
    [manifest] = dumped(ada.organization_id)[:1]
    with pytest.raises(ConflictError):
        Restore(caller_of(ada)).take(manifest.name, manifest.lines)


def test_only_an_admin_restores(ada: Client, ben: Client) -> None:
    with pytest.raises(PermissionDeniedError):
        require_empty(caller_of(ben))


def test_the_first_pipeline_counts_as_something_once_it_is_touched(ada: Client) -> None:
    [pipeline] = ada.get("/api/pipelines").json["results"]
    assert ada.patch(f"/api/pipelines/{pipeline['id']}", {"description": "Ours"}).status == 200
    with pytest.raises(ConflictError):
        require_empty(caller_of(ada))


def test_small_pieces_hold_the_same_lines(
    ada: Client, ben: Client, cleo: Client, team: str, target: Client
) -> None:
    build(ada, ben, cleo, team)
    whole = dumped(ada.organization_id)
    with (
        patch.object(dumping, "PIECE_BYTES", 600),
        patch.object(iteration, "BATCH", 3),
        patch.object(iteration, "ITEMS", 1),
    ):
        small = dumped(ada.organization_id)
    assert len(small) > 2 * len(whole)
    assert max(len(piece.lines) for piece in small) > 1
    joined: dict[str, list[str]] = {}
    for piece in small:
        section, _ = parse(piece.name) or (None, 0)
        assert section is not None
        joined.setdefault(section.name, []).extend(piece.lines)
    assert joined == {
        section.name: list(piece.lines) for section, piece in zip(SECTIONS, whole, strict=True)
    }
    restored(target, small)
    assert comparable(dumped(target.organization_id)) == comparable(whole)
