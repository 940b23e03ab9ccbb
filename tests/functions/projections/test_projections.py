"""Effects of the stream: text index, deletion of files and teams, dead letters."""

import json
from itertools import permutations
from typing import Any

import pytest
from pynamodb.connection import Connection

from crm.platform import config
from crm.platform.dynamodb.table import SYSTEM, connection
from crm.platform.errors import UnavailableError
from crm.records.registry import OWNED_KINDS
from tests.support.client import Client, function
from tests.support.cloud import Cloud
from tests.support.crashes import crash_after
from tests.support.entities import entity
from tests.support.forms import stored
from tests.support.related import about, attach
from tests.support.stream import StreamRecord, project, recorded
from tests.support.tables import items, mentioning
from tests.support.uploads import announce, declared, put, upload

LEAST: dict[str, tuple[str, Any]] = {
    "activity": ("/api/activities", {"type": "task", "subject": "Call"}),
    "case": ("/api/cases", {"name": "It smokes"}),
    "deal": ("/api/deals", {"name": "Big one"}),
    "entity": ("/api/entities", {"type": "account", "name": "Acme"}),
    "lead": ("/api/leads", {"last_name": "Lovelace"}),
}
"""Paths of records with an owner, and the minimal body of each."""


def postings(text: str = "") -> set[tuple[str, str]]:
    """The index as it stands: gram and text, of the texts that contain something."""
    found = connection().scan(config.bookkeeping_table())["Items"]
    return {
        (item["pk"]["S"].rpartition("#")[2], item["text"]["S"])
        for item in found
        if "#GRAM#" in item["pk"]["S"] and text in item["text"]["S"]
    }


@pytest.fixture
def life(ada: Client) -> list[list[StreamRecord]]:
    """Three writes of one document, each as the stream tells of it: made, renamed, deleted."""
    with recorded() as made:
        path = stored(ada, "First")
    with recorded() as renamed:
        ada.patch(path, {"title": "Second"})
    with recorded() as deleted:
        ada.delete(path)
    return [made, renamed, deleted]


def test_a_title_is_indexed_changed_and_forgotten(life: list[list[StreamRecord]]) -> None:
    made, renamed, deleted = life
    project(made)
    grams = {"fir", "irs", "rst", "^f", "^fi"}
    assert postings() == {(gram, "first") for gram in grams}
    project(renamed)
    assert postings() == {(gram, "second") for gram in ("sec", "eco", "con", "ond", "^s", "^se")}
    project(deleted)
    assert postings() == set()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_reordering_and_redelivery_change_nothing(
    life: list[list[StreamRecord]], order: tuple[int, ...]
) -> None:
    for number in (*order, *order):
        project(life[number])
    assert postings() == set()


def test_an_older_title_does_not_come_back(life: list[list[StreamRecord]]) -> None:
    made, renamed, _ = life
    for records in (renamed, made, renamed, made):
        project(records)
    assert postings("first") == set()
    assert len(postings("second")) == 6


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_version_with_the_same_title_leaves_the_index_alone(
    ada: Client, order: tuple[int, ...]
) -> None:
    with recorded() as made:
        path = stored(ada, "First")
    with recorded() as renamed:
        ada.patch(path, {"title": "Second"})
    with recorded() as switched_off:
        assert ada.patch(path, {"status": "inactive"}).status == 200
    for number in (*order, *order):
        project([made, renamed, switched_off][number])
    assert {text for _, text in postings()} == {"second"}
    before = items("bookkeeping")
    project(switched_off)
    assert items("bookkeeping") == before


def test_what_the_index_remembers_of_the_deleted_expires(life: list[list[StreamRecord]]) -> None:
    for records in life:
        project(records)
    remembered = [
        item
        for item in connection().scan(config.bookkeeping_table())["Items"]
        if "#INDEXED#" in item["pk"]["S"]
    ]
    assert len(remembered) == 1
    assert "expires_on" in remembered[0]


def test_organizations_share_no_index(ada: Client, eve: Client) -> None:
    with recorded() as records:
        stored(ada, "Brook plan")
        stored(eve, "Other plan")
    project(records)
    assert [one["title"] for one in ada.get("/api/documents?title=plan").json["results"]] == [
        "Brook plan"
    ]


def test_nothing_is_left_of_a_deleted_document(ada: Client, cloud: Cloud) -> None:
    path = stored(ada, content=b"one")
    upload(ada.post(f"{path}/file", declared(b"two")), b"two")
    put(ada.post(f"{path}/file", declared(b"three")), b"three")
    kept = stored(ada, "Kept")
    assert len(cloud.objects()) == 4
    with recorded() as records:
        ada.delete(path)
    project(records)
    document_id, kept_id = (one.rpartition("/")[2] for one in (path, kept))
    assert [key.split("/")[2] for key in cloud.objects()] == [kept_id]
    left = connection().scan(config.records_table())["Items"]
    assert not [item for item in left if document_id in item["pk"]["S"]]
    project(records)
    assert ada.get(kept).status == 200


@pytest.mark.parametrize("kind", sorted(OWNED_KINDS))
def test_what_a_request_left_of_a_deleted_record_goes(ada: Client, cloud: Cloud, kind: str) -> None:
    """It was cut off right after the record had gone."""
    needs = {"entity_id": entity(ada)["id"]} if kind == "deal" else {}
    path, body = LEAST[kind]
    one = ada.post(path, {**body, **needs}).json
    attach(ada, kind, one)
    if kind != "activity":
        about(ada, kind, one, {"type": "note", "subject": "Called"})
    with recorded() as records, crash_after(1):
        ada.delete(f"{path}/{one['id']}")
    assert ada.get(f"{path}/{one['id']}").problem == (404, "not_found")
    assert mentioning(one["id"]) != []
    project(records)
    assert mentioning(one["id"]) == []


def test_what_is_no_record_of_ours_is_passed_over(ada: Client, cloud: Cloud, team: str) -> None:
    with recorded() as records:
        made = announce(ada, shared_with=[team])
        ada.patch(f"/api/teams/{team}", {"name": "Renamed"})
        ada.patch(f"/api/organizations/{ada.organization_id}", {"name": "Renamed"})
    others = [
        record
        for record in records
        if record["dynamodb"]["Keys"]["pk"]["S"].count("DOCUMENT") == 0
        or record["dynamodb"]["Keys"]["sk"]["S"] != "#"
    ]
    assert len(others) > 5
    project(others)
    assert postings() == set()
    assert cloud.dead_letters() == []
    assert ada.get(made.headers["Location"]).headers["ETag"] == '"1"'


def spoiled(record: StreamRecord) -> StreamRecord:
    """A record whose image cannot be read."""
    copy: StreamRecord = json.loads(json.dumps(record))
    del copy["dynamodb"]["NewImage"]["title"]
    return copy


def test_a_record_that_cannot_be_handled_is_parked_whole(ada: Client, cloud: Cloud) -> None:
    with recorded() as records:
        stored(ada, "Poison")
        stored(ada, "Healthy")
    documents = [
        record
        for record in records
        if record["dynamodb"]["Keys"]["sk"]["S"] == "#"
        and "title" in record["dynamodb"]["NewImage"]
    ]
    poison = spoiled(documents[0])
    project([poison, *documents])
    assert [json.loads(body) for body in cloud.dead_letters()] == [poison, documents[0]]
    assert {text for _, text in postings()} == {"healthy"}


def test_when_the_infrastructure_fails_the_batch_is_repeated(
    life: list[list[StreamRecord]], cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise UnavailableError

    with monkeypatch.context() as patch:
        patch.setattr(SYSTEM, "batch_write", fail)
        with pytest.raises(UnavailableError):
            project(life[0])
    assert cloud.dead_letters() == []
    project(life[0])
    assert len(postings("first")) == 5


def test_a_lost_connection_is_such_a_failure(
    life: list[list[StreamRecord]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import EndpointConnectionError
    from pynamodb.exceptions import GetError

    def fail(*_: Any, **__: Any) -> None:
        raise GetError("lost", EndpointConnectionError(endpoint_url="http://localhost"))

    monkeypatch.setattr(Connection, "get_item", fail)
    with pytest.raises(UnavailableError):
        project(life[0])


def test_a_team_with_more_than_one_turn_can_take_back(
    ada: Client, team: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream repeats the batch until it is done."""
    monkeypatch.setattr("crm.records.team_deletion.REQUEST_SECONDS", -1.0)
    monkeypatch.setattr("crm.records.team_deletion.BATCH", 1)
    paths = [stored(ada, shared_with=[team]) for _ in range(3)]
    with recorded() as records:
        ada.delete(f"/api/teams/{team}")
    with monkeypatch.context() as patch:
        patch.setattr("crm.records.team_deletion.SWEEP_SECONDS", -1.0)
        with pytest.raises(UnavailableError):
            project(records)
    project(records)
    shared = [ada.get(path).json["document_obj"]["shared_with"] for path in paths]
    assert shared == [[], [], []]


def test_an_empty_batch() -> None:
    assert function("projections")({"Records": []}, None) is None
