"""Activities: each type, what it takes and refuses, completing, and who may do what"""

from typing import Any
from unittest.mock import patch

import pytest

from crm.platform.dynamodb.transaction import Transaction
from tests.support.activities import (
    BODIES,
    COMMON,
    DEFAULTS,
    EMAIL,
    EVENT,
    FULL,
    PATH,
    TASK,
    about,
    activity,
    path_of,
)
from tests.support.answers import check
from tests.support.client import Client
from tests.support.entities import UNKNOWN, entity
from tests.support.stream import project, recorded

pytestmark = pytest.mark.thorough

SERVERS = ("id", "created_on", "created_by", "updated_on", "updated_by", "version")


def written(answer: Any) -> dict[str, Any]:
    """An answer without what is the server's."""
    return {name: value for name, value in answer.items() if name not in SERVERS}


# ── Each type ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", BODIES)
def test_the_least_of_each_type(ada: Client, kind: str) -> None:
    reply = ada.post(PATH, BODIES[kind])
    assert reply.status == 201
    expected = {**COMMON, **DEFAULTS[kind], **BODIES[kind], "assigned_to": ada.user_id}
    assert written(reply.json) == expected
    assert reply.headers["Location"] == path_of(reply.json)
    assert reply.headers["ETag"] == '"1"'
    read = ada.get(path_of(reply.json))
    assert (read.status, read.json, read.headers["ETag"]) == (200, reply.json, '"1"')
    assert ada.get(PATH).json["results"] == [reply.json]


@pytest.mark.parametrize("kind", BODIES)
def test_all_of_each_type_and_back_to_the_least(ada: Client, ben: Client, kind: str) -> None:
    acme = entity(ada)
    common = {
        "description": "More",
        "due_date": "2027-01-31",
        "assigned_to": ben.user_id,
        **about(acme),
    }
    full = {**BODIES[kind], **FULL[kind], **common}
    made = ada.post(PATH, full)
    assert made.status == 201, made.text
    assert written(made.json) == {**COMMON, **full}
    changed = ada.put(path_of(made.json), BODIES[kind])
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    least = {**COMMON, **DEFAULTS[kind], **BODIES[kind], "assigned_to": ada.user_id}
    assert written(changed.json) == least
    for reply in (made, changed):
        check("GET", path_of(made.json), 200, "application/json", reply.json)
    check("GET", PATH, 200, "application/json", ada.get(PATH).json)
    patched = ada.patch(path_of(made.json), {**FULL[kind], **common})
    assert (patched.status, written(patched.json)) == (200, {**COMMON, **full})
    nothing = ada.patch(path_of(made.json), dict.fromkeys(common))
    expected = {**COMMON, **full, **dict.fromkeys(common), "assigned_to": ada.user_id}
    assert written(nothing.json) == expected


@pytest.mark.parametrize("kind", BODIES)
def test_a_type_has_no_fields_of_another(ada: Client, kind: str) -> None:
    made = activity(ada, kind)
    own = {*BODIES[kind], *DEFAULTS[kind]}
    others = {**FULL["task"], **FULL["event"], **FULL["email"], **FULL["call"]}
    for name, value in others.items():
        if name in own:
            continue
        for reply in (
            ada.post(PATH, {**BODIES[kind], name: value}),
            ada.put(path_of(made), {**BODIES[kind], name: value}),
            ada.patch(path_of(made), {name: value}),
        ):
            assert (reply.problem, reply.fields) == ((422, "validation_failed"), [name])


def test_a_type_never_changes(ada: Client) -> None:
    made = activity(ada)
    assert ada.put(path_of(made), BODIES["note"]).fields == ["type"]
    for value in ("note", None, "letter", 1):
        reply = ada.patch(path_of(made), {"type": value})
        assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["type"])
    assert ada.patch(path_of(made), {"type": "task"}).status == 200


@pytest.mark.parametrize(
    ("kind", "fields", "at_fault"),
    [
        ("task", {"type": None}, ["type"]),
        ("task", {"type": "letter"}, ["type"]),
        ("task", {"subject": " "}, ["subject"]),
        ("task", {"subject": "x" * 256}, ["subject"]),
        ("task", {"subject": "x" * 255 + "\n!"}, ["subject"]),
        ("task", {"description": 5}, ["description"]),
        ("task", {"priority": "urgent"}, ["priority"]),
        ("task", {"priority": None}, ["priority"]),
        ("task", {"status": "open"}, ["status"]),
        ("task", {"is_completed": "yes"}, ["is_completed"]),
        ("task", {"completed_on": "2026-12-01T10:00:00.000Z"}, ["completed_on"]),
        ("task", {"shared_with": []}, ["shared_with"]),
        ("task", {"version": 1}, ["version"]),
        ("task", {"due_date": "2026-02-30"}, ["due_date"]),
        ("task", {"due_date": "2026-12-01T10:00:00Z"}, ["due_date"]),
        ("task", {"assigned_to": "nobody"}, ["assigned_to"]),
        ("task", {"related_to_type": "entity"}, ["related_to_id"]),
        ("task", {"related_to_id": UNKNOWN}, ["related_to_id"]),
        ("task", {"related_to_type": "team", "related_to_id": UNKNOWN}, ["related_to_type"]),
        ("task", {"related_to_type": "activity", "related_to_id": UNKNOWN}, ["related_to_type"]),
        ("task", {"related_to_type": "entity", "related_to_id": "x"}, ["related_to_id"]),
        ("task", {"related_to_type": "entity", "related_to_id": UNKNOWN}, ["related_to_id"]),
        ("task", {"related_to_type": "lead", "related_to_id": UNKNOWN}, ["related_to_id"]),
        ("task", {"custom_fields": {"x": 1}}, ["custom_fields.x"]),
        ("event", {"end_time": None}, ["end_time"]),
        ("event", {"end_time": "2026-12-01T09:59:59.999Z"}, ["end_time"]),
        ("event", {"end_time": "2026-12-01T11:00:00.000+05:00"}, ["end_time"]),
        ("event", {"start_time": "2026-12-01"}, ["start_time"]),
        ("event", {"start_time": "2026-12-01T10:00:00"}, ["start_time"]),
        ("event", {"start_time": "2026-12-01T25:00:00Z"}, ["start_time"]),
        ("event", {"start_time": "0001-01-01T00:00:00+14:00"}, ["start_time"]),
        ("event", {"start_time": 1764583200}, ["start_time"]),
        ("email", {"from_address": "ada"}, ["from_address"]),
        ("email", {"to_addresses": []}, ["to_addresses"]),
        ("email", {"to_addresses": ["ben@example.com", "x@"]}, ["to_addresses.1"]),
        ("email", {"to_addresses": ["ben@example.com"] * 101}, ["to_addresses"]),
        ("email", {"cc_addresses": ["x y@example.com"]}, ["cc_addresses.0"]),
        ("email", {"body": None}, ["body"]),
        ("email", {"is_outbound": 1}, ["is_outbound"]),
        ("call", {"phone_number": ""}, ["phone_number"]),
        ("call", {"phone_number": "1" * 65}, ["phone_number"]),
        ("call", {"duration_seconds": -1}, ["duration_seconds"]),
        ("call", {"duration_seconds": 1.5}, ["duration_seconds"]),
        ("call", {"duration_seconds": 10**40}, ["duration_seconds"]),
    ],
)
def test_what_cannot_be_accepted(
    ada: Client, kind: str, fields: dict[str, Any], at_fault: list[str]
) -> None:
    reply = ada.post(PATH, {**BODIES[kind], **fields})
    assert (reply.status, reply.fields) == (422, at_fault)
    assert ada.get(PATH).json["count"] == 0


@pytest.mark.parametrize("body", [[], "task", 5, {}, {"type": ["task"]}])
def test_what_is_no_activity_at_all(ada: Client, body: Any) -> None:
    reply = ada.post(PATH, body)
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == (["type"] if isinstance(body, dict) else ["body"])


@pytest.mark.parametrize("kind", BODIES)
def test_what_a_type_needs(ada: Client, kind: str) -> None:
    reply = ada.post(PATH, {"type": kind})
    assert reply.fields == [name for name in BODIES[kind] if name != "type"]
    made = activity(ada, kind)
    for name in reply.fields:
        assert ada.patch(path_of(made), {name: None}).fields == [name]


def test_times_are_kept_in_utc(ada: Client) -> None:
    made = activity(
        ada,
        "event",
        start_time="2026-12-01T10:00:00.1239+02:00",
        end_time="2026-12-01t08:00:00.123z",
    )
    assert made["start_time"] == made["end_time"] == "2026-12-01T08:00:00.123Z"
    moved = ada.patch(path_of(made), {"end_time": "2026-12-01T08:00:00Z"})
    assert (moved.problem, moved.fields) == ((422, "validation_failed"), ["end_time"])
    later = ada.patch(path_of(made), {"start_time": "2026-12-01T08:00:01Z"})
    assert (later.problem, later.fields) == ((422, "validation_failed"), ["end_time"])


def test_doing_it_once(ada: Client) -> None:
    headers = {"idempotency-key": "one"}
    first, again = (ada.post(PATH, EMAIL, headers=headers) for _ in range(2))
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    assert ada.get(PATH).json["count"] == 1


def test_a_stale_version(ada: Client) -> None:
    made = activity(ada)
    assert ada.patch(path_of(made), {"subject": "New"}, headers={"if-match": '"1"'}).status == 200
    for call in ("PATCH", "PUT", "DELETE"):
        stale = ada.call(call, path_of(made), json=TASK, headers={"if-match": '"1"'})
        assert stale.problem == (412, "version_conflict")


# ── Completing ──────────────────────────────────────────────────────────────────────────────────


def state(answer: Any) -> tuple[str | None, bool, bool]:
    return answer.get("status"), answer["is_completed"], answer["completed_on"] is not None


@pytest.mark.parametrize("kind", ["event", "email", "note", "call"])
def test_what_has_no_status_is_completed_all_the_same(ada: Client, kind: str) -> None:
    made = activity(ada, kind, is_completed=True)
    assert made["completed_on"] == made["created_on"]
    kept = ada.patch(path_of(made), {"subject": "Other"}).json
    assert kept["completed_on"] == made["completed_on"]
    reopened = ada.patch(path_of(made), {"is_completed": False}).json
    assert state(reopened) == (None, False, False)
    done = ada.put(path_of(made), {**BODIES[kind], "is_completed": True}).json
    assert done["completed_on"] == done["updated_on"]


def test_a_task_from_its_beginning_to_its_end(ada: Client) -> None:
    made = activity(ada)
    path = path_of(made)
    assert state(made) == ("not_started", False, False)
    steps: list[tuple[dict[str, Any], tuple[str, bool]]] = [
        ({"status": "in_progress"}, ("in_progress", False)),
        ({"is_completed": False}, ("in_progress", False)),
        ({"is_completed": True}, ("completed", True)),
        ({"subject": "Other"}, ("completed", True)),
        ({"status": "completed"}, ("completed", True)),
        ({"status": "completed", "is_completed": True}, ("completed", True)),
        ({"is_completed": False}, ("not_started", False)),
        ({"status": "completed"}, ("completed", True)),
        ({"status": "waiting"}, ("waiting", False)),
        ({"is_completed": True}, ("completed", True)),
        ({"is_completed": None}, ("not_started", False)),
        ({"status": "completed"}, ("completed", True)),
        ({"status": None}, ("not_started", False)),
    ]
    since = None
    for change, (status, completed) in steps:
        reply = ada.patch(path, change)
        assert reply.status == 200, reply.text
        assert state(reply.json) == (status, completed, completed), change
        since = (since or reply.json["updated_on"]) if completed else None
        assert reply.json["completed_on"] == since


def test_the_time_of_completion_outlasts_a_put(ada: Client) -> None:
    made = activity(ada, is_completed=True)
    assert state(made) == ("completed", True, True)
    for body in ({"is_completed": True}, {"status": "completed"}):
        put = ada.put(path_of(made), {**TASK, **body}).json
        assert (put["status"], put["completed_on"]) == ("completed", made["completed_on"])
    assert state(ada.put(path_of(made), TASK).json) == ("not_started", False, False)


def test_what_contradicts_itself(ada: Client) -> None:
    made, done = activity(ada), activity(ada, status="completed")
    for status in ("not_started", "in_progress", "waiting", "completed"):
        said = {"status": status, "is_completed": status != "completed"}
        for reply in (
            ada.post(PATH, {**TASK, **said}),
            ada.put(path_of(done), {**TASK, **said}),
            ada.patch(path_of(made), said),
            ada.patch(path_of(done), said),
        ):
            assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["is_completed"])
    for moment in ("2026-12-01T10:00:00.000Z", None):
        reply = ada.patch(path_of(done), {"completed_on": moment, "status": "waiting"})
        assert reply.fields == ["completed_on"]


# ── What it is about ────────────────────────────────────────────────────────────────────────────


def test_the_record_must_be_there_and_to_be_seen(ada: Client, ben: Client, eve: Client) -> None:
    hidden, elsewhere, mine = entity(ada), entity(eve), entity(ben)
    made = activity(ben)
    for record in (hidden, elsewhere, {"id": UNKNOWN}):
        for reply in (
            ben.post(PATH, {**TASK, **about(record)}),
            ben.put(path_of(made), {**TASK, **about(record)}),
            ben.patch(path_of(made), about(record)),
        ):
            assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["related_to_id"])
    assert ben.patch(path_of(made), about(mine)).status == 200
    assert ben.patch(path_of(made), {"related_to_type": "deal"}).fields == ["related_to_id"]
    assert ben.patch(path_of(made), {"related_to_type": None}).fields == ["related_to_id"]


def test_what_it_is_about_already_need_not_be_seen(ada: Client, ben: Client) -> None:
    hidden = entity(ada)
    made = activity(ada, assigned_to=ben.user_id, **about(hidden))
    assert ben.patch(path_of(made), {"subject": "Done"}).status == 200
    assert ben.put(path_of(made), {**TASK, **about(hidden)}).status == 200


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_record_that_goes_meanwhile(ada: Client, method: str) -> None:
    acme, made = entity(ada), activity(ada)
    commit = Transaction.commit
    gone: list[Any] = []

    def late(transaction: Transaction) -> None:
        if not gone:
            gone.append(True)
            with patch.object(Transaction, "commit", commit):
                assert ada.delete(f"/api/entities/{acme['id']}").status == 204
        commit(transaction)

    path = PATH if method == "POST" else path_of(made)
    body = {**TASK, **about(acme)} if method == "POST" else about(acme)
    with patch.object(Transaction, "commit", late):
        reply = ada.call(method, path, json=body)
    assert (reply.problem, reply.fields) == ((422, "validation_failed"), ["related_to_id"])
    assert ada.get(PATH).ids == [made["id"]]


# ── Who may do what ─────────────────────────────────────────────────────────────────────────────


def test_who_sees_the_record_reads_and_no_more(
    ada: Client, ben: Client, cleo: Client, team: str
) -> None:
    shared = entity(ada, shared_with=[team])
    made = activity(ada, **about(shared))
    path = path_of(made)
    assert cleo.get(path).json == made
    assert cleo.get(f"{path}/history").status == 200
    for reply in (cleo.put(path, TASK), cleo.patch(path, {}), cleo.delete(path)):
        assert reply.problem == (403, "permission_denied")
    for reply in (ben.get(path), ben.patch(path, {}), ben.delete(path), ben.get(f"{path}/history")):
        assert reply.problem == (403, "permission_denied")
    ada.patch(f"/api/entities/{shared['id']}", {"shared_with": []})
    assert cleo.get(path).problem == (403, "permission_denied")


def test_owner_creator_admin_and_others(
    ada: Client, ben: Client, cleo: Client, eve: Client, root: Client
) -> None:
    made = activity(ben, assigned_to=cleo.user_id)
    path = path_of(made)
    for person in (ada, ben, cleo, root):
        assert person.get(path).json["id"] == made["id"]
        assert person.patch(path, {"description": person.user_id}).status == 200
        assert person.get(PATH).ids == [made["id"]]
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        body = None if method in {"GET", "DELETE"} else TASK
        unlike = eve.call(method, path, json=body)
        unknown = eve.call(method, f"{PATH}/{UNKNOWN}", json=body)
        assert unlike.problem == (404, "not_found")
        assert unlike.text.replace(made["id"], "") == unknown.text.replace(UNKNOWN, "")
    assert eve.get(PATH).ids == []
    assert ben.delete(path).status == 204
    assert ben.delete(path).problem == (404, "not_found")
    assert cleo.get(PATH).ids == []


def test_an_inactive_member_gets_nothing_to_do(ada: Client, ben: Client, eve: Client) -> None:
    made = activity(ada)
    ada.patch(f"/api/members/{ben.user_id}", {"is_active": False})
    for owner in (ben.user_id, eve.user_id):
        assert ada.post(PATH, {**TASK, "assigned_to": owner}).fields == ["assigned_to"]
        assert ada.patch(path_of(made), {"assigned_to": owner}).fields == ["assigned_to"]


# ── Custom fields and history ───────────────────────────────────────────────────────────────────


def test_custom_fields(ada: Client) -> None:
    for name, kind in (("cost", "number"), ("place", "text")):
        reply = ada.post(
            "/api/custom-fields",
            {
                "record_type": "activity",
                "field_name": name,
                "field_label": name,
                "field_type": kind,
                "is_required": name == "place",
                "default_value": 5 if name == "cost" else None,
            },
        )
        assert reply.status == 201, reply.text
    missing = ada.post(PATH, EVENT)
    assert missing.problem == (422, "custom_field_invalid")
    assert missing.fields == ["custom_fields.place"]
    made = activity(ada, "event", custom_fields={"place": "Berlin"})
    assert made["custom_fields"] == {"cost": "5", "place": "Berlin"}
    changed = ada.patch(path_of(made), {"custom_fields": {"cost": "7.50"}})
    assert changed.json["custom_fields"] == {"cost": "7.50", "place": "Berlin"}
    put = ada.put(path_of(made), {**EVENT, "custom_fields": {"place": "Rome"}})
    assert put.json["custom_fields"] == {"cost": "5", "place": "Rome"}
    assert ada.get(PATH).json["results"] == [put.json]
    assert ada.patch(path_of(made), {"custom_fields": {"place": None}}).fields == [
        "custom_fields.place"
    ]


def test_an_email_of_any_size_that_is_accepted_has_a_history(ada: Client) -> None:
    for n in range(4):
        reply = ada.post(
            "/api/custom-fields",
            {
                "record_type": "activity",
                "field_name": f"f{n}",
                "field_label": "Text",
                "field_type": "text",
            },
        )
        assert reply.status == 201, reply.text

    def body(letter: str, addresses: int) -> dict[str, Any]:
        return {
            **EMAIL,
            "body": letter * 10_000,
            "description": letter * 10_000,
            "to_addresses": [f"{'a' * 60}{n:03}@example.com" for n in range(addresses)],
            "custom_fields": {f"f{n}": letter * 7_000 for n in range(4)},
        }

    with recorded() as records:
        made = ada.post(PATH, body("\N{GRINNING FACE}", 30))
        assert made.status == 201, made.text
    too_large = ada.post(PATH, body("\N{GRINNING FACE}", 100))
    assert (too_large.problem, too_large.fields) == ((422, "validation_failed"), ["body"])
    with recorded() as changes:
        put = ada.put(path_of(made.json), body("\N{PILE OF POO}", 29))
        assert put.status == 200
    project([*records, *changes])
    assert ada.get(f"{path_of(made.json)}/history").json["count"] == 2


def test_history(ada: Client, ben: Client) -> None:
    with recorded() as made_records:
        made = activity(ada, assigned_to=ben.user_id)
    with recorded() as changed_records:
        ben.patch(path_of(made), {"status": "completed"})
    project([*changed_records, *made_records, *made_records])
    rows = ada.get(f"{path_of(made)}/history").json["results"]
    assert [(row["version"], row["action"], row["by"]) for row in rows] == [
        (2, "updated", ben.user_id),
        (1, "created", ada.user_id),
    ]
    done = ada.get(path_of(made)).json["completed_on"]
    assert {one["field"]: (one["old"], one["new"]) for one in rows[0]["changes"]} == {
        "completed_on": (None, done),
        "is_completed": (False, True),
        "status": ("not_started", "completed"),
    }
