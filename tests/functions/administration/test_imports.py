"""Files become records: each row once, by itself, with a word for each that does not."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crm.administration.imports import rows as writing
from crm.administration.imports import worker
from crm.platform import logging
from crm.platform.dynamodb.transaction import Transaction
from crm.tenancy.members import service as members
from tests.support.client import Client, function
from tests.support.cloud import Cloud
from tests.support.cloud import client as aws
from tests.support.crashes import crash_after
from tests.support.imports import IMPORTS, asked, begin, counts, errors, run, shown, table, work
from tests.support.uploads import deliver, put

PEOPLE = [
    ("name", "email", "phone"),
    ("Ada Lovelace", "ada@example.org", "+44 20 7946 0001"),
    ("Charles Babbage", "charles@example.org", ""),
]


class OneByOne:
    """Does what it is given at once, in this thread: moto does not bear writes at the same time.

    And when a process dies, no thread of it goes on.
    """

    map = staticmethod(map)


@pytest.fixture(autouse=True)
def _one_row_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "_pool", OneByOne)


@pytest.fixture
def eight_at_a_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with ThreadPoolExecutor(8) as pool:
        monkeypatch.setattr(writing, "_pool", lambda: pool)
        yield


def entities(who: Client, **query: Any) -> list[dict[str, Any]]:
    found = who.get("/api/entities", query={"limit": 100, **query})
    assert found.status == 200, found.text
    return sorted(found.json["results"], key=lambda one: one["name"])


def detail(who: Client, entity_id: str) -> dict[str, Any]:
    whole: dict[str, Any] = who.get(f"/api/entities/{entity_id}").json
    return whole


def test_people_become_contacts(ada: Client, cloud: Cloud) -> None:
    made = ada.post(IMPORTS, asked(table(PEOPLE)))
    assert (made.status, made.headers["Location"]) == (201, f"{IMPORTS}/{made.json['id']}")
    assert (made.json["status"], made.json["total_rows"]) == ("pending", None)
    assert made.json["upload"]["fields"]["Content-Type"] == "text/csv"
    deliver(put(made, table(PEOPLE), "text/csv"))
    assert shown(ada, made.json["id"])["status"] == "running"
    work(cloud)
    job = shown(ada, made.json["id"])
    assert counts(job) == ("succeeded", 2, 0, 0, 0)
    assert (job["total_rows"], job["error_file"], job["ignored_columns"]) == (2, None, [])
    assert job["rows_per_second"] > 0
    assert job["started_on"] <= job["finished_on"]
    first, second = entities(ada)
    assert (first["name"], first["type"], first["assigned_to"]) == (
        "Ada Lovelace",
        "contact",
        ada.user_id,
    )
    points = detail(ada, first["id"])["contact_points"]
    assert sorted((one["channel"], one["value"], one["is_primary"]) for one in points) == [
        ("email", "ada@example.org", True),
        ("phone", "+442079460001", True),
    ]
    assert [one["value"] for one in detail(ada, second["id"])["contact_points"]] == [
        "charles@example.org"
    ]
    assert cloud.objects("imports/") == []
    assert cloud.objects("uploads/") == []


def test_a_row_fails_alone_and_says_why(ada: Client, cloud: Cloud) -> None:
    ada.post(
        "/api/custom-fields",
        {
            "record_type": "lead",
            "field_name": "size",
            "field_label": "Size",
            "field_type": "number",
        },
    )
    content = table(
        [
            ("last_name", "email", "amount", "status", "custom_fields.size", "unheard of"),
            ("Good", "good@example.org", "12.50", "in_process", "3", "x"),
            ("Bad", "no address", "12.50", "", "", ""),
            ("", "", "5", "", "", ""),
            ("Worse", "d@example.org", "1.234", "converted", "many", ""),
            ("=cmd", "e@example.org", "-1", "", "", "@x"),
        ]
    )
    job = run(ada, cloud, content, "lead")
    assert counts(job) == ("succeeded", 1, 0, 0, 4)
    assert job["ignored_columns"] == ["unheard of"]
    assert job["error_file"] == f"{IMPORTS}/{job['id']}/errors"
    [lead] = ada.get("/api/leads").json["results"]
    assert (lead["last_name"], lead["amount"], lead["status"]) == ("Good", "12.50", "in_process")
    assert lead["custom_fields"] == {"size": "3"}
    found = errors(ada, job)
    assert [(one["line"], one["field"]) for one in found] == [
        ("3", "email"),
        ("4", "last_name"),
        ("5", "custom_fields.size"),
        ("6", "amount"),
    ]
    assert [one["message"] for one in found if one["line"] == "4"] == ["is required"]
    assert list(found[0])[:4] == ["line", "field", "message", "last_name"]
    assert found[-1]["last_name"] == "'=cmd"
    assert found[-1]["unheard of"] == "'@x"


def test_mended_rows_of_the_error_file_can_be_imported(ada: Client, cloud: Cloud) -> None:
    job = run(ada, cloud, table([("last_name", "email"), ("=One", "wrong"), ("Two", "")]), "lead")
    assert counts(job) == ("succeeded", 1, 0, 0, 1)
    [wrong] = errors(ada, job)
    mended = table([[*wrong], [*wrong.values()]]).replace(b"wrong", b"right@example.org")
    assert counts(run(ada, cloud, mended, "lead")) == ("succeeded", 1, 0, 0, 0)
    leads = ada.get("/api/leads").json["results"]
    assert sorted(one["last_name"] for one in leads) == ["=One", "Two"]


@pytest.mark.parametrize(
    ("on_duplicate", "match_on", "outcome", "names"),
    [
        ("create", ["email"], ("succeeded", 3, 0, 0, 0), ["Ada", "Ada King", "Ada L.", "Eve"]),
        ("skip", ["email"], ("succeeded", 1, 0, 2, 0), ["Ada", "Eve"]),
        ("update", ["email"], ("succeeded", 1, 2, 0, 0), ["Ada King", "Eve"]),
        ("update", [], ("succeeded", 1, 2, 0, 0), ["Ada King", "Eve"]),
        ("skip", ["name"], ("succeeded", 3, 0, 0, 0), ["Ada", "Ada King", "Ada L.", "Eve"]),
        ("skip", ["phone"], ("succeeded", 3, 0, 0, 0), ["Ada", "Ada King", "Ada L.", "Eve"]),
        ("skip", ["phone", "email"], ("succeeded", 1, 0, 2, 0), ["Ada", "Eve"]),
    ],
)
def test_rows_that_match(
    ada: Client,
    cloud: Cloud,
    on_duplicate: str,
    match_on: list[str],
    outcome: tuple[str, int, int, int, int],
    names: list[str],
) -> None:
    run(ada, cloud, table([("name", "email"), ("Ada", "ADA@example.org")]))
    content = table(
        [
            ("name", "email", "website"),
            ("Ada L.", "ada@example.org", "https://one.example"),
            ("Eve", "eve@example.org", ""),
            ("Ada King", "Ada@Example.org", "https://two.example"),
        ]
    )
    job = run(ada, cloud, content, on_duplicate=on_duplicate, match_on=match_on)
    assert counts(job) == outcome
    assert [one["name"] for one in entities(ada)] == names


def test_an_update_adds_what_is_new_and_leaves_the_rest(ada: Client, cloud: Cloud) -> None:
    first = [("name", "email", "note", "type"), ("Ada", "ada@example.org", "Hers", "account")]
    run(ada, cloud, table(first))
    second = [
        (
            "name",
            "email",
            "email 2",
            "note",
            "phone",
            "billing_line1",
            "billing_city",
            "billing_country",
        ),
        (
            "Ada King",
            "ada@example.org",
            "king@example.org",
            "",
            "+442079460001",
            "1 St",
            "London",
            "GB",
        ),
    ]
    options = {"on_duplicate": "update", "match_on": ["email"]}
    assert counts(run(ada, cloud, table(second), **options)) == ("succeeded", 0, 1, 0, 0)
    assert counts(run(ada, cloud, table(second), **options)) == ("succeeded", 0, 1, 0, 0)
    [one] = entities(ada)
    whole = detail(ada, one["id"])
    assert (whole["name"], whole["note"], whole["type"]) == ("Ada King", "Hers", "account")
    points = [(one["value"], one["is_primary"]) for one in whole["contact_points"]]
    assert sorted(points) == [
        ("+442079460001", True),
        ("ada@example.org", True),
        ("king@example.org", False),
    ]
    assert [one["city"] for one in whole["addresses"]] == ["London"]


@pytest.mark.parametrize("field", ["name", "custom_fields.number", "number"])
def test_any_field_may_match(ada: Client, cloud: Cloud, field: str) -> None:
    """Also one that no list is kept by, of what was there and of what the file has written."""
    ada.post(
        "/api/custom-fields",
        {
            "record_type": "case",
            "field_name": "number",
            "field_label": "Number",
            "field_type": "text",
        },
    )
    there = {"name": "A-1", "case_type": "problem", "custom_fields": {"number": "A-1"}}
    assert ada.post("/api/cases", there).status == 201
    content = table(
        [
            ("name", "case_type", "number", "description"),
            ("a-1", "incident", "a-1", "one"),
            ("B-2", "incident", "B-2", "two"),
            ("b-2", "question", "b-2", "three"),
            ("B-3", "question", "", "four"),
        ]
    )
    job = run(ada, cloud, content, "case", on_duplicate="update", match_on=[field])
    assert counts(job) == ("succeeded", 2, 2, 0, 0)
    found = ada.get("/api/cases", query={"limit": 100}).json["results"]
    assert sorted((one["name"], one["description"]) for one in found) == [
        ("B-3", "four"),
        ("a-1", "one"),
        ("b-2", "three"),
    ]


def test_what_the_caller_may_not_see_matches_nothing(
    ada: Client, ben: Client, cloud: Cloud
) -> None:
    run(ada, cloud, table(PEOPLE))
    job = run(ben, cloud, table(PEOPLE), on_duplicate="skip", match_on=["email", "id"])
    assert counts(job) == ("succeeded", 2, 0, 0, 0)
    assert [one["created_by"] for one in entities(ben)] == [ben.user_id] * 2
    assert len(entities(ada)) == 4


def test_an_id_of_another_organization_matches_nothing(
    ada: Client, eve: Client, cloud: Cloud
) -> None:
    run(ada, cloud, table(PEOPLE))
    mine = entities(ada)[0]["id"]
    content = table([("id", "name"), (mine, "Stolen")])
    job = run(eve, cloud, content, on_duplicate="update", match_on=["id"])
    assert counts(job) == ("succeeded", 1, 0, 0, 0)
    assert entities(ada)[0]["name"] == "Ada Lovelace"
    assert entities(eve)[0]["id"] != mine


def test_a_dry_run_writes_nothing(ada: Client, cloud: Cloud) -> None:
    run(ada, cloud, table([("name", "email", "vat"), ("Ada", "ada@example.org", "DE:129273398")]))
    content = table(
        [
            ("name", "email", "vat", "assigned_to"),
            ("Ada K.", "ada@example.org", "", ""),
            ("Eve", "eve@example.org", "", ""),
            ("Eve again", "eve@example.org", "", ""),
            ("Copy", "copy@example.org", "DE:129273398", ""),
            ("Strange", "strange@example.org", "", "nobody"),
        ]
    )
    options = {"on_duplicate": "update", "match_on": ["email"]}
    job = run(ada, cloud, content, dry_run=True, **options)
    assert counts(job) == ("succeeded", 1, 2, 0, 2)
    assert [(one["line"], one["field"]) for one in errors(ada, job)] == [
        ("5", "vat"),
        ("6", "assigned_to"),
    ]
    assert [one["name"] for one in entities(ada)] == ["Ada"]
    assert counts(run(ada, cloud, content, **options)) == ("succeeded", 1, 2, 0, 2)
    assert [one["name"] for one in entities(ada)] == ["Ada K.", "Eve again"]


def test_mapping(ada: Client, cloud: Cloud) -> None:
    content = table([("Wer", "Post", "phone"), ("Ada", "ada@example.org", "nonsense")])
    mapping = {"Wer": "name", "Post": "email", "phone": None}
    assert counts(run(ada, cloud, content, "entity", mapping)) == ("succeeded", 1, 0, 0, 0)
    [one] = entities(ada)
    assert [point["value"] for point in detail(ada, one["id"])["contact_points"]] == [
        "ada@example.org"
    ]


@pytest.mark.parametrize(
    ("changes", "status", "code", "fields"),
    [
        ({"record_type": "person"}, 422, "validation_failed", ["record_type"]),
        ({"mapping": {"Wer": "no such"}}, 422, "validation_failed", ["mapping.Wer"]),
        ({"mapping": {"": "name"}}, 422, "validation_failed", ["mapping..[key]"]),
        ({"options": {"on_duplicate": "x"}}, 422, "validation_failed", ["options.on_duplicate"]),
        ({"options": {"match_on": ["x"]}}, 422, "validation_failed", ["options.match_on"]),
        ({"options": {"more": 1}}, 422, "validation_failed", ["options.more"]),
        ({"file": {"size": 0}}, 422, "validation_failed", ["file.size"]),
        ({"file": {"size": 256 * 1024 * 1024 + 1}}, 413, "too_large", []),
        ({"file": {"content_type": "image/png"}}, 415, "unsupported_media_type", []),
        ({"record_type": "organization"}, 415, "unsupported_media_type", []),
    ],
)
def test_what_cannot_be_asked_for(
    ada: Client, changes: dict[str, Any], status: int, code: str, fields: list[str]
) -> None:
    body = asked(b"name\n")
    body = {**body, **changes, "file": {**body["file"], **changes.get("file", {})}}
    reply = ada.post(IMPORTS, body)
    assert reply.problem == (status, code), reply.text
    assert reply.fields == fields


@pytest.mark.parametrize(
    ("content", "mapping", "error"),
    [
        (b"\xff\xfe\xfa\xfb", None, ""),
        (b"name,name\nAda,Eve\n", None, ""),
        (b'name\n"Ada\n', None, ""),
        (b"name\nAda\n", {"Wer": "name"}, "The mapping does not fit the file."),
    ],
)
def test_files_that_cannot_be_read(
    ada: Client, cloud: Cloud, content: bytes, mapping: Any, error: str
) -> None:
    job = run(ada, cloud, content, "entity", mapping)
    assert counts(job) == ("failed", 0, 0, 0, 0)
    assert job["error"].startswith(error)
    assert job["error"].endswith(".")
    assert entities(ada) == []
    assert cloud.objects("imports/") == []


def test_whose_imports_they_are(ada: Client, ben: Client, cleo: Client, eve: Client) -> None:
    of_ben = ben.post(IMPORTS, asked(b"name\n")).json["id"]
    of_ada = ada.post(IMPORTS, asked(b"name\n")).json["id"]
    assert ada.get(IMPORTS).ids == [of_ada, of_ben]
    assert ben.get(IMPORTS).ids == [of_ben]
    assert cleo.get(IMPORTS).ids == []
    assert cleo.get(f"{IMPORTS}/{of_ben}").problem == (403, "permission_denied")
    assert cleo.post(f"{IMPORTS}/{of_ben}/cancel").problem == (403, "permission_denied")
    assert cleo.get(f"{IMPORTS}/{of_ben}/errors").problem == (403, "permission_denied")
    for path in (f"{IMPORTS}/{of_ben}", f"{IMPORTS}/{of_ben}/errors"):
        assert eve.get(path).problem == (404, "not_found")
    assert ada.get(f"{IMPORTS}/{of_ben}/errors").problem == (409, "file_not_available")
    organization = {**asked(b"zip"), "record_type": "organization"}
    assert ben.post(IMPORTS, organization).problem == (403, "permission_denied")


def test_cancelling(ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "CHUNK", 2)
    people = [("last_name", "email"), *((f"L{n}", "wrong" if n == 1 else "") for n in range(7))]
    made = begin(ada, table(people), "lead")
    path = f"{IMPORTS}/{made.json['id']}"
    write = writing.Writer.write
    chunks: list[int] = []

    def cancelled(self: Any, rows: Any) -> Any:
        chunks.append(len(rows))
        if len(chunks) == 2:
            assert ada.post(f"{path}/cancel").json["status"] == "cancelled"
        return write(self, rows)

    monkeypatch.setattr(writing.Writer, "write", cancelled)
    work(cloud)
    job = shown(ada, made.json["id"])
    assert counts(job) == ("cancelled", 3, 0, 0, 1)
    assert chunks == [2, 2]
    assert [one["line"] for one in errors(ada, job)] == ["3"]
    assert ada.post(f"{path}/cancel").json == job
    assert ada.get("/api/leads").json["count"] == 3


def test_cancelled_before_the_file_came(ada: Client, cloud: Cloud) -> None:
    made = ada.post(IMPORTS, asked(table(PEOPLE)))
    assert ada.post(f"{made.headers['Location']}/cancel").json["status"] == "cancelled"
    deliver(put(made, table(PEOPLE), "text/csv"))
    work(cloud)
    assert counts(shown(ada, made.json["id"])) == ("cancelled", 0, 0, 0, 0)
    assert cloud.objects() == []


def test_an_import_that_is_done_cannot_be_cancelled(ada: Client, cloud: Cloud) -> None:
    job = run(ada, cloud, table(PEOPLE))
    assert ada.post(f"{IMPORTS}/{job['id']}/cancel").problem == (409, "conflict")


def test_who_is_no_member_any_more_imports_nothing(ada: Client, ben: Client, cloud: Cloud) -> None:
    made = begin(ben, table(PEOPLE))
    assert ada.delete(f"/api/members/{ben.user_id}").status == 204
    work(cloud)
    job = shown(ada, made.json["id"])
    assert counts(job) == ("failed", 0, 0, 0, 0)
    assert job["error"] == "Its maker is no member any more."


def test_a_super_admin_imports_without_being_a_member(root: Client, cloud: Cloud) -> None:
    assert counts(run(root, cloud, table(PEOPLE))) == ("succeeded", 2, 0, 0, 0)


def test_the_first_file_counts_and_events_come_twice(ada: Client, cloud: Cloud) -> None:
    made = ada.post(IMPORTS, asked(table(PEOPLE)))
    first = put(made, table(PEOPLE), "text/csv")
    deliver(first)
    deliver(put(made, table(PEOPLE).replace(b"Ada", b"Eve"), "text/csv"))
    deliver(first)
    work(cloud)
    assert [one["name"] for one in entities(ada)] == ["Ada Lovelace", "Charles Babbage"]
    assert cloud.objects() == []


def test_another_size_or_checksum_is_refused(ada: Client, cloud: Cloud) -> None:
    content = table(PEOPLE)
    for changes, sent in (
        ({}, content + b"more"),
        ({"sha256": "0" * 64}, content),
    ):
        body = asked(content)
        made = ada.post(IMPORTS, {**body, "file": {**body["file"], **changes}})
        deliver(put(made, sent, "text/csv"))
        work(cloud)
        job = shown(ada, made.json["id"])
        assert (job["status"], job["done_rows"]) == ("failed", 0)
        assert "declared" in job["error"]
    assert cloud.objects() == []


@pytest.mark.thorough
@pytest.mark.parametrize("on_duplicate", ["create", "update"])
def test_killed_after_each_commit(
    ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, on_duplicate: str
) -> None:
    """Work done before the worker died takes effect once, and is counted once."""
    monkeypatch.setattr(worker, "CHUNK", 3)
    lines = [(f"L{n}", f"l{n}@example.org", "wrong" if n == 4 else "5") for n in range(8)]
    content = table([("last_name", "email", "amount"), *lines])
    made = begin(ada, content, "lead", on_duplicate=on_duplicate, match_on=["last_name"])
    died = 0
    for _ in range(100):
        events = cloud.job_events()
        if not events:
            break
        with crash_after(1) as crash:
            function("import_worker")(events[0], None)
        if crash.happened:
            died += 1
            aws("sqs").send_message(
                QueueUrl=cloud.jobs_url, MessageBody=events[0]["Records"][0]["body"]
            )
    job = shown(ada, made.json["id"])
    assert died == 7
    assert counts(job) == ("succeeded", 7, 0, 0, 1)
    assert [one["line"] for one in errors(ada, job)] == ["6"]
    found = ada.get("/api/leads", query={"limit": 100}).json["results"]
    assert sorted(one["last_name"] for one in found) == sorted(f"L{n}" for n in range(8) if n != 4)
    assert {one["version"] for one in found} == {1}


def test_a_job_is_given_up_at_last(
    ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it is tried for the last time: whatever kills its worker would leave it running."""
    made = begin(ada, table(PEOPLE))
    [event] = cloud.job_events()

    def broken(*_: object) -> Any:
        raise RuntimeError("ada@example.org")

    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = "9"
    with monkeypatch.context() as patch:
        patch.setattr(members, "caller", broken)
        with pytest.raises(logging.FunctionFailedError, match=r"^RuntimeError$"):
            function("import_worker")(event, None)
    assert shown(ada, made.json["id"])["status"] == "running"
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = "10"
    function("import_worker")(event, None)
    assert ada.get("/api/entities").ids == []
    job = shown(ada, made.json["id"])
    assert (job["status"], job["error"]) == (
        "failed",
        "It could not be done, for reasons of our own.",
    )
    assert len(cloud.objects("imports/")) == 1
    work(cloud)
    assert cloud.objects("imports/") == []


@pytest.mark.parametrize(("fire_rules", "cause"), [(False, {"quiet": True}), (True, None)])
def test_rules_run_only_if_asked(
    ada: Client,
    cloud: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    fire_rules: bool,
    cause: Any,
) -> None:
    causes: list[Any] = []
    save = Transaction.save

    def watched(self: Any, *arguments: Any, **options: Any) -> None:
        causes.append(self._cause)
        save(self, *arguments, **options)

    monkeypatch.setattr(Transaction, "save", watched)
    run(ada, cloud, table([("last_name",), ("One",)]), "lead", fire_rules=fire_rules)
    assert causes == [cause]


@pytest.mark.usefixtures("eight_at_a_time")
def test_rows_that_meet_at_an_item_take_turns(
    ada: Client, ben: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are assigned to Ben, who is checked in each transaction."""
    busy: list[Any] = []
    met: list[Any] = []
    alone = threading.Lock()
    commit = Transaction.commit

    def watched(transaction: Transaction) -> None:
        items = list(transaction.items)
        met.extend(item for item in items if item in busy)
        busy.extend(items)
        time.sleep(0.005)
        with alone:  # moto does not bear writes at the same time
            commit(transaction)
        for item in items:
            busy.remove(item)

    monkeypatch.setattr(Transaction, "commit", watched)
    people = [("last_name", "assigned_to"), *((f"L{n}", ben.user_id) for n in range(24))]
    assert counts(run(ada, cloud, table(people), "lead")) == ("succeeded", 24, 0, 0, 0)
    assert met == []


@pytest.mark.usefixtures("eight_at_a_time")
def test_rows_that_share_one_of_several_values_wait_for_each_other(
    ada: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = threading.Lock()
    commit = Transaction.commit

    def slow(transaction: Transaction) -> None:
        time.sleep(0.1)  # for the other one to look meanwhile, if it could
        with alone:  # moto does not bear writes at the same time
            commit(transaction)

    monkeypatch.setattr(Transaction, "commit", slow)
    content = table(
        [
            ("name", "phone", "mobile"),
            ("Ada", "+442079460001", "+442079460002"),
            ("Ada again", "+442079460002", ""),
            ("Eve", "+442079460003", ""),
        ]
    )
    job = run(ada, cloud, content, on_duplicate="skip", match_on=["phone"])
    assert counts(job) == ("succeeded", 2, 0, 1, 0)
    assert [one["name"] for one in entities(ada)] == ["Ada", "Eve"]


@pytest.mark.parametrize("text", ["no id", "x#y", "x" * 5000])
def test_what_is_no_id_matches_nothing(ada: Client, cloud: Cloud, text: str) -> None:
    content = table([("id", "name"), (text, "Ada")])
    job = run(ada, cloud, content, on_duplicate="update", match_on=["id"])
    assert counts(job) == ("succeeded", 1, 0, 0, 0)
