"""Compares derived data with a recount of the records."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import from_raw
from crm.platform.dynamodb.keys import RECORD, Key
from crm.platform.dynamodb.record import Record as Stored
from crm.records.registry import KINDS
from crm.related.documents.attachment_links import count_key
from crm.related.documents.attachment_schemas import Attachment as StoredAttachment
from crm.related.documents.schemas import related_list
from crm.sales.entities.deletion import part_of
from crm.sales.entities.schemas import EntityPart
from tests.assurance.model import arrivals, documents
from tests.assurance.model.engine import BUCKET, RECORDS, Items
from tests.assurance.model.requests import Requests
from tests.assurance.model.settings import check_definition, check_member, check_team
from tests.assurance.model.state import PATHS, Document, Record, State
from tests.assurance.model.witness import Witness
from tests.assurance.model.worker import Worker

SOUGHT = ("acm", "ta", "road")
"""Search texts: from the middle of names, and from the beginning of words."""

_SERVERS = {"id", "created_on", "created_by", "updated_on", "updated_by", "version"}


def check(state: State, requests: Requests, witness: Witness, worker: Worker, org: str) -> None:
    """Compare all that there is with the model; the stream has been drained."""
    for user in state.members:
        if state.may_enter(user):
            _check_lists(state, requests, user)
            _check_board(state, requests, user)
            _check_activities(state, requests, user)
            _check_documents(state, requests, user)
    for records in state.records.values():
        for one in records.values():
            found = witness.one(one.path)
            assert found is not None, f"{one.path} is lost"
            state.check(one, found)
            _check_history(witness, one, found)
    for deal in state.records["deal"].values():
        _check_stays(state, witness, deal)
    files = arrivals.files(worker, org)
    for document in state.documents.values():
        _check_document(witness, document, files)
    _check_attachments(state, witness)
    _check_files(state, files)
    _check_settings(state, witness)
    _check_velocity(state, witness)
    _check_table(state, worker.engine.items(RECORDS, org), org)


def _check_lists(state: State, requests: Requests, user: str) -> None:
    """Each list of somebody, and what they find in it by name."""
    for kind, path in PATHS.items():
        wanted = state.listed(user, kind)
        walk(state, requests, user, f"{path}?limit=7", wanted)
        if kind == "activity":
            continue
        sought = SOUGHT[len(wanted) % len(SOUGHT)]
        hits = [one for one in wanted if _is_found(_text(one), sought)]
        walk(state, requests, user, f"{path}?limit=7&name={sought}", hits)


def walk(state: State, requests: Requests, user: str, path: str, wanted: list[Record]) -> None:
    """Follow a list to its end and compare each row."""
    found: list[Any] = []
    following: str | None = path
    while following:
        page = requests.page(user, following)
        told = f"{user} {path}: {page['count']} of {len(wanted)}"
        assert (page["count"], page["count_exact"]) == (len(wanted), True), told
        found += page["results"]
        following = page["next"]
    assert [one["id"] for one in found] == [one.id for one in wanted], path
    for record, row in zip(wanted, found, strict=True):
        state.check(record, row)


def _text(record: Record) -> str:
    if record.kind != "lead":
        return str(record.fields["name"])
    names = (record.fields[name] for name in ("first_name", "last_name", "organization_name"))
    return " ".join(name for name in names if name)


def _is_found(text: str, sought: str) -> bool:
    folded = text.casefold()
    if len(sought) >= 3:
        return sought in folded
    return any(word.startswith(sought) for word in folded.split())


def _check_board(state: State, requests: Requests, user: str) -> None:
    found = requests.page(user, f"/api/pipelines/{state.pipeline_id}/board?limit=100")
    for stage in found["stages"]:
        inside = [
            one
            for one in state.records["deal"].values()
            if one.fields["stage_id"] == stage["stage"]["id"]
            and (state.is_admin(user) or one.fields["assigned_to"] == user)
        ]
        assert stage["count"] == len(inside), stage["stage"]["name"]
        assert stage["amount"] == _dollars(one.fields["amount"] for one in inside)
        assert stage["weighted_amount"] == _dollars(one.fields["weighted_amount"] for one in inside)
        assert {one["id"] for one in stage["deals"]} == {one.id for one in inside}


def _dollars(amounts: Iterable[str | None]) -> dict[str, str]:
    total = sum((Decimal(one) for one in amounts if one), Decimal(0))
    return {"USD": str(total.quantize(Decimal("0.01")))} if total else {}


def _check_activities(state: State, requests: Requests, user: str) -> None:
    """The summary of the last two days: midnight may have been in between."""
    found = requests.page(user, "/api/reports/activity-summary?days=2")
    own = [
        one
        for one in state.records["activity"].values()
        if state.is_admin(user) or one.fields["assigned_to"] == user
    ]
    wanted = Counter(one.fields["type"] for one in own)
    wanted["completed"] = sum("completed_on" in one.standing for one in own)
    for name in ("task", "note", "completed"):
        assert sum(day[name] for day in found["days"]) == wanted[name], name


def _check_documents(state: State, requests: Requests, user: str) -> None:
    """The list of somebody's documents, those found by a record, and what they may read."""
    path, wanted = f"{documents.PATH}?limit=7", state.listed_documents(user)
    walk(state, requests, user, path, wanted)
    sought = SOUGHT[len(wanted) % len(SOUGHT)]
    hits = [one for one in wanted if _is_found(str(one.fields["title"]), sought)]
    walk(state, requests, user, f"{path}&title={sought}", hits)
    for kind, record_id in sorted({one.target for one in state.attachments.values()}):
        record = state.find(kind, record_id)
        assert record is not None
        on_it = state.documents_on(user, record)
        query = f"related_to_type={kind}&related_to_id={record_id}"
        walk(state, requests, user, f"{path}&{query}", on_it)
        if state.sees(user, record):
            page = requests.page(user, f"{documents.ATTACHMENTS}?limit=100&{query}")
            shown = {one["document"]["id"] for one in page["results"] if one["document"]}
            assert shown == {one.id for one in on_it}
    for document in state.documents.values():
        status = requests.client(user).get(document.path).status
        assert status == (200 if state.sees_document(user, document) else 403), document.path


def _check_document(witness: Witness, document: Document, files: dict[str, bytes]) -> None:
    found = witness.one(document.path)
    assert found is not None, f"{document.path} is lost"
    document.check(found["document_obj"])
    told = {name: value for name, value in found["document_obj"].items() if name != "document_file"}
    _check_history(witness, document, told)
    versions = witness.rows(f"{document.path}/versions")
    there = sorted((one["n"], one["file_name"]) for one in versions)
    wanted = [(n, f"{content.decode()}.txt") for n, content in enumerate(document.files, 1)]
    assert there == wanted, document.path
    if not document.files:
        assert witness.reply(f"{document.path}/file").status == 409
        return
    links = {f"{document.path}/versions/{n}/file": document.files[n - 1] for n, _ in wanted}
    links[f"{document.path}/file"] = document.files[-1]
    for link, content in links.items():
        assert _downloaded(witness, link, files) == content, link


def _downloaded(witness: Witness, link: str, files: dict[str, bytes]) -> bytes:
    """Return the content behind a link."""
    reply = witness.reply(link)
    assert reply.status == 302, reply.text
    return files[urlsplit(reply.headers["Location"]).path.removeprefix(f"/{BUCKET}/")]


def _check_attachments(state: State, witness: Witness) -> None:
    for records in state.records.values():
        for record in records.values():
            known = {one.id: one for one in state.attached(record=record)}
            rows = documents.attachments_of(witness, record)
            assert [row["id"] for row in rows] == sorted(known, reverse=True), record.path
            for row in rows:
                known[row["id"]].check(row)


def _check_files(state: State, files: dict[str, bytes]) -> None:
    """The files of all documents, and nothing else."""
    told = Counter((key.split("/")[2], content) for key, content in files.items())
    wanted = Counter(
        (document.id, content)
        for document in state.documents.values()
        for content in document.files
    )
    assert told == wanted


def _check_history(witness: Witness, record: Record, found: dict[str, Any]) -> None:
    """One row for each version, whose changes make the record."""
    rows = witness.rows(f"{record.path}/history?limit=100")
    assert [row["version"] for row in rows] == list(range(record.version, 0, -1)), record.path
    made: dict[str, Any] = {}
    for row, writer in zip(reversed(rows), record.writers, strict=True):
        assert row["by"] in ({writer} if isinstance(writer, str) else writer)
        for change in row["changes"]:
            assert made.get(change["field"]) == change["old"], change
            made[change["field"]] = change["new"]
    stored = {f"custom_fields.{name}": value for name, (_, value) in record.custom.items()}
    own = {
        name: value
        for name, value in found.items()
        if name in record.fields or name in record.standing
    }
    for name, value in {**own, **stored}.items():
        assert made.get(name) == value, f"history of {name}: {made.get(name)}, not {value}"


def _check_stays(state: State, witness: Witness, deal: Record) -> None:
    rows = witness.rows(f"{deal.path}/stage-history?limit=100")
    wanted = state.stays[deal.id]
    told = [(row["stage_id"], row["stage_name"], row["entered_by"], row["note"]) for row in rows]
    assert told == [(one.stage.id, one.stage.name, one.by, one.note) for one in wanted]
    ends = [row["left_on"] for row in rows]
    assert ends == [*(row["entered_on"] for row in rows[1:]), None]


def _check_settings(state: State, witness: Witness) -> None:
    teams = {one["id"]: one for one in witness.rows("/api/teams?limit=2")}
    assert teams.keys() == state.teams.keys()
    for team in state.teams.values():
        check_team(state, team, teams[team.id])
    members = {one["id"]: one for one in witness.rows("/api/members?limit=2")}
    known = {user: one for user, one in state.members.items() if not one.fields["is_removed"]}
    assert members.keys() == known.keys()
    for user, member in known.items():
        check_member(member, members[user])
    fields = {one["id"]: one for one in witness.rows("/api/custom-fields?limit=2")}
    assert fields.keys() == state.definitions.keys()
    for one in state.definitions.values():
        check_definition(one, fields[one.id])


def _check_velocity(state: State, witness: Witness) -> None:
    """Return the number of entries into each stage; deleted deals count too."""
    found = witness.one("/api/reports/pipeline-velocity?days=2")
    assert {one["stage_id"]: one["entered"] for one in found["stages"]} == state.entered
    statuses = Counter(one.fields["status"] for one in state.records["deal"].values())
    assert (found["won"], found["lost"]) == (statuses["won"], statuses["lost"])


def _check_table(state: State, items: Items, org: str) -> None:
    """List entries, guards and counts are those that the records ask for, and nothing is left."""
    stored = list(_stored(items))
    entries, guards = set(), set()
    for one in stored:
        entries |= {keys.index_item(org, one.KIND, *place) for place in one.index_entries().items()}
        guards |= {
            keys.unique_constraint(org, one.KIND, value)
            for value in one.unique_constraints().values()
        }
        if isinstance(one, StoredAttachment):
            name = related_list(one.related_to_type, one.related_to_id)
            entries.add(keys.index_item(org, "document", name, one.document_id))
        if isinstance(one, EntityPart):
            of_entity = one.entity_lists().items()
            entries |= {keys.index_item(org, "entity", *place) for place in of_entity}
    found = [Key(*key) for key in items]
    events = {key for key in found if "#LIST#EVENT#" in key.pk}
    assert {key for key in found if "#LIST#" in key.pk} - events == entries
    there = {f"{one.KIND}#{one.id}" for one in stored}
    assert {key.pk.partition("#LIST#EVENT#")[2] for key in events} <= there
    assert {key for key in found if "#UNIQUE#" in key.pk} == guards
    _check_uses(state, items, org)
    _check_counts_of_attachments(state, items, org)
    places = {one.entity_key.pk if isinstance(one, EntityPart) else one.key.pk for one in stored}
    parts = {key for key in found if key.sk.startswith(RECORD) and "#UNIQUE#" not in key.pk}
    lost = {key for key in parts if key.pk not in places}
    assert not lost, f"left behind: {lost}"
    assert not [key for key in parts if key.sk.startswith("#MOVING")], "belongings still move"


def _stored(items: Items) -> Iterable[Stored]:
    """The records of a table, and the parts of entities."""
    for (pk, sk), raw in items.items():
        address = keys.parse_record(Key(pk, sk))
        if address is None or address.kind not in KINDS:
            continue
        if sk == RECORD:
            yield KINDS[address.kind].from_item(from_raw(raw))
        elif address.kind == "entity" and (part := part_of(from_raw(raw))) is not None:
            yield part


def _check_uses(state: State, items: Items, org: str) -> None:
    deals, cases = state.records["deal"].values(), state.records["case"].values()
    wanted = Counter((one.fields["entity_id"], "DEAL") for one in deals)
    wanted.update((one.fields["stage_id"], "DEAL") for one in deals)
    wanted.update((one.fields["entity_id"], "CASE") for one in cases if one.fields["entity_id"])
    prefix = f"ORG#{org}#USES#"
    counted = {
        (pk.rpartition("#")[2], by): int(raw.get("uses", {"N": "0"})["N"])
        for (pk, by), raw in items.items()
        if pk.startswith(prefix)
    }
    told = {one: number for one, number in counted.items() if number}
    assert told == dict(wanted), "counts of what points to something"


def _check_counts_of_attachments(state: State, items: Items, org: str) -> None:
    """Return the number of attachments of each existing document."""
    counts = {key: raw for key, raw in items.items() if "#COUNT#ATTACHMENT" in key[0]}
    told = {key: int(raw["count"]["N"]) for key, raw in counts.items() if raw["count"]["N"] != "0"}
    wanted = Counter(
        tuple(count_key(org, one.fields["document_id"])) for one in state.attachments.values()
    )
    assert told == dict(wanted), "counts of attachments"
