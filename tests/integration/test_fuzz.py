"""Arbitrary input: never a 5xx, and always a response of a documented shape.

The shape is checked by the client itself, against the OpenAPI document, on every answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.process import StackProcess
from tests.support.integration.client import (
    ORGANIZATION,
    TEXT,
    Brook,
    Json,
    Organization,
    Person,
    good,
    made,
    new_id,
)

bounded = settings(
    max_examples=200,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)

BODIES: dict[tuple[str, str], Json] = {
    ("POST", "/api/organizations"): {"name": "Acme", "default_currency": "EUR"},
    ("PATCH", "/api/organizations/{organization}"): {"name": "Acme"},
    ("POST", "/api/members"): {
        "email": "ada@example.com",
        "first_name": "Ada",
        "last_name": "Brook",
        "role": "member",
    },
    ("PATCH", "/api/members/{user}"): {"role": "admin", "is_active": True, "first_name": "Ada"},
    ("POST", "/api/teams"): {"name": "Sales", "description": "All", "users": []},
    ("PUT", "/api/teams/{team}"): {"name": "Sales", "description": None, "users": []},
    ("PATCH", "/api/teams/{team}"): {"name": "Sales", "users": []},
    ("POST", "/api/documents"): {
        "title": "Title",
        "status": "active",
        "shared_with": [],
        "file": TEXT.said(),
    },
    ("PUT", "/api/documents/{document}"): {
        "title": "Title",
        "status": "active",
        "shared_with": [],
    },
    ("PATCH", "/api/documents/{document}"): {"title": "Title"},
    ("POST", "/api/documents/{document}/file"): TEXT.said(),
    ("POST", "/api/entities"): {
        "type": "account",
        "name": "Acme",
        "note": None,
        "shared_with": [],
        "custom_fields": {},
    },
    ("PATCH", "/api/entities/{entity}"): {"name": "Acme", "custom_fields": None},
    ("POST", "/api/entities/{entity}/contact-points"): {"channel": "phone", "value": "+49431901"},
    ("POST", "/api/entities/{entity}/identifiers"): {"type": "vat", "value": "DE1"},
    ("POST", "/api/entities/{entity}/merge"): {"from": "x"},
    ("POST", "/api/custom-fields"): {
        "record_type": "case",
        "field_name": "tier",
        "field_label": "Tier",
        "field_type": "choice",
        "choices": ["a"],
        "default_value": "a",
        "display_order": 1,
    },
    ("POST", "/api/pipelines"): {
        "name": "Renewals",
        "is_active": True,
        "stages": [{"name": "Due", "order": 1, "probability": 10, "allowed_from": None}],
    },
    ("PATCH", "/api/pipelines/{pipeline}"): {"description": "All", "stages": []},
    ("POST", "/api/pipelines/{pipeline}/stages"): {"name": "Due", "probability": 10, "order": 99},
    ("PATCH", "/api/pipelines/{pipeline}/stages/{stage}"): {"probability": 20, "status": "open"},
    ("POST", "/api/deals"): {
        "name": "Mill",
        "amount": "1.50",
        "currency": "EUR",
        "entity_id": "x",
        "stage_id": None,
        "expected_close_date": "2026-12-01",
    },
    ("PATCH", "/api/deals/{deal}"): {"amount": 12.5, "currency": "JPY", "stage_id": "x"},
    ("POST", "/api/deals/{deal}/move"): {"stage_id": "x", "note": "Go"},
    ("POST", "/api/leads"): {
        "first_name": "Grace",
        "last_name": "Hopper",
        "organization_name": "Navy",
        "email": "grace@example.com",
        "phone": "+442071838750",
        "status": "in_process",
        "amount": "1.50",
    },
    ("PATCH", "/api/leads/{lead}"): {
        "phone": None,
        "email": "x",
        "amount": 1e3,
        "status": "closed",
    },
    ("POST", "/api/leads/{lead}/convert"): {
        "create_deal": True,
        "pipeline_id": "x",
        "deal_name": "Mill",
    },
    ("POST", "/api/cases"): {
        "name": "It smokes",
        "status": "closed",
        "priority": "high",
        "case_type": "incident",
        "entity_id": "x",
        "description": "Really",
    },
    ("PATCH", "/api/cases/{case}"): {"status": "pending", "entity_id": None},
    ("POST", "/api/activities"): {
        "type": "event",
        "subject": "Meet",
        "start_time": "2026-12-01T09:00:00Z",
        "end_time": "2026-12-01T10:00:00Z",
        "related_to_type": "deal",
        "related_to_id": "x",
    },
    ("PATCH", "/api/activities/{activity}"): {"status": "completed", "is_completed": True},
    ("POST", "/api/attachments"): {
        "related_to_type": "deal",
        "related_to_id": "x",
        "file": TEXT.said(),
    },
    ("POST", "/api/workflow-rules"): {
        "name": "Rule",
        "record_type": "deal",
        "trigger": {"event": "created", "fields": [], "offset": None},
        "conditions": {"all": [{"field": "amount", "operator": "in", "value": [1]}]},
        "actions": [{"type": "update_field", "field": "name", "value": "{{record.name}}"}],
        "is_active": False,
    },
    ("PATCH", "/api/workflow-rules/{rule}"): {"conditions": {"not": {}}, "actions": []},
    ("POST", "/api/workflow-rules/{rule}/test"): {"before": None, "after": {"amount": "1"}},
    ("POST", "/api/webhook-endpoints"): {"url": "https://hooks.example.com/x", "is_active": True},
}

READS = [
    ("GET", "/api/health"),
    ("GET", "/api/me"),
    ("GET", "/api/organizations"),
    ("GET", "/api/organizations/{organization}"),
    ("GET", "/api/members"),
    ("GET", "/api/members/{user}"),
    ("GET", "/api/teams"),
    ("GET", "/api/teams/{team}"),
    ("GET", "/api/documents"),
    ("GET", "/api/documents/{document}"),
    ("GET", "/api/documents/{document}/file"),
    ("GET", "/api/documents/{document}/versions"),
    ("GET", "/api/documents/{document}/versions/{n}/file"),
    ("GET", "/api/entities"),
    ("GET", "/api/entities/{entity}"),
    ("GET", "/api/custom-fields"),
    ("GET", "/api/pipelines"),
    ("GET", "/api/pipelines/{pipeline}/board"),
    ("GET", "/api/deals"),
    ("GET", "/api/deals/{deal}"),
    ("GET", "/api/deals/{deal}/stage-history"),
    ("GET", "/api/leads"),
    ("GET", "/api/leads/{lead}"),
    ("GET", "/api/cases"),
    ("GET", "/api/cases/{case}"),
    ("GET", "/api/activities"),
    ("GET", "/api/activities/{activity}"),
    ("GET", "/api/timeline"),
    ("GET", "/api/attachments"),
    ("GET", "/api/reports/forecast"),
    ("GET", "/api/reports/pipeline-velocity"),
    ("GET", "/api/reports/activity-summary"),
    ("GET", "/api/workflow-rules"),
    ("GET", "/api/workflow-rules/{rule}/executions"),
    ("GET", "/api/workflow-executions"),
    ("GET", "/api/notifications"),
    ("GET", "/api/webhook-endpoints"),
]

ROUTES = sorted([*BODIES, *READS])
PARAMETERS = [
    "limit", "offset", "cursor", "title", "status", "shared_with", "created_by",
    "created_after", "created_before", "related_to_type", "related_to_id", "name", "type",
    "assigned_to", "contact_point", "stage_id", "pipeline_id", "entity_id", "expected_close_after",
    "expected_close_before", "due_after", "due_before", "order", "is_completed", "is_active",
    "include", "scope", "months", "days", "record_type", "record_id", "unread",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Targets of the requests."""

    person: Person
    known: dict[str, str]

    def fire(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self.person.send(method, path, **options)
        assert answer.status_code < 500, (method, path, options, answer.text)
        if answer.status_code >= 400:
            body = answer.json()
            assert set(body) == {"message"} or body["status"] == answer.status_code
        return answer


@pytest.fixture(scope="module")
def target(stack: StackProcess) -> Iterator[Target]:
    with Brook(stack) as brook:
        organization = brook.found()
        person = organization.founder
        yield Target(person, standing(organization, person))


def standing(organization: Organization, person: Person) -> dict[str, str]:
    """Something of each kind, by the name that it has in paths."""
    entity = made(person.post("/api/entities", {"type": "account", "name": "Acme"}))["id"]
    [pipeline] = good(person.get("/api/pipelines"))["results"]
    task = {"type": "task", "subject": "Call"}
    rule = {
        "name": "Rule",
        "record_type": "deal",
        "trigger": {"event": "created"},
        "actions": [{"type": "update_field", "field": "name", "value": "New"}],
        "is_active": False,
    }
    return {
        "organization": organization.id,
        "user": person.id,
        "team": organization.team("Sales", person),
        "document": person.share("Title")["id"],
        "n": "1",
        "entity": entity,
        "pipeline": pipeline["id"],
        "stage": pipeline["stages"][0]["id"],
        "deal": made(person.post("/api/deals", {"name": "Mill", "entity_id": entity}))["id"],
        "lead": made(person.post("/api/leads", {"last_name": "Hopper"}))["id"],
        "case": made(person.post("/api/cases", {"name": "It smokes"}))["id"],
        "activity": made(person.post("/api/activities", task))["id"],
        "rule": made(person.post("/api/workflow-rules", rule))["id"],
    }


# ── What is sent ──

ODD_TEXT = st.sampled_from(
    [
        "", " ", "\0", "\u202e", "a" * 3000, "%", "%00", "../..", "'; --", "#", "##", "~", "ORG#x",
        "null", "NaN", "1e999", "-1", "0", "١", "\ud7ff", "\U0001f4a9", "{}", "$ne", "\r\nX: y",
        "9" * 400, "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00", "2026-02-30",
        "2026-11-21T08:30:00+99:99", "2026-11-21", "0000-00-00", "active", "inactive",
    ]
)  # fmt: skip
TEXTS = st.one_of(ODD_TEXT, st.text(max_size=40), st.just(new_id()))
HEADER_TEXTS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=0, max_size=300)
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(2**63), 1e308, 5e-324])
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS.filter(lambda text: text.isprintable()),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
MEDIA_TYPES = st.sampled_from(
    [
        "application/json", "application/json; charset=utf-16", "text/plain", "",
        "multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=",
        "application/x-www-form-urlencoded", "application/merge-patch+json", "x/y/z", ";",
    ]
)  # fmt: skip


def is_segment(text: str) -> bool:
    """Whether it reaches Brook there; the engine's gateway has no route for a line break."""
    return text not in {"", ".", ".."} and "\n" not in text


@st.composite
def paths(draw: st.DrawFn, known: dict[str, str], template: str) -> str:
    """A route's path, with ids that are there, that are not, or that are none."""
    pieces = []
    for piece in template.split("/"):
        if not piece.startswith("{"):
            pieces.append(piece)
            continue
        real = known[piece.strip("{}")]
        odd = TEXTS.filter(is_segment).map(lambda text: quote(text, safe=""))
        pieces.append(draw(st.one_of(st.just(real), st.just(new_id()), odd)))
    return "/".join(pieces) + draw(st.sampled_from(["", "", "/"]))


NAMED = {"entity_id": "entity", "from": "entity", "stage_id": "stage", "related_to_id": "deal"}


def real(body: Json, known: dict[str, str]) -> Json:
    """A body that names what is there, wherever it says x."""
    return {
        name: known[NAMED[name]] if value == "x" and name in NAMED else value
        for name, value in body.items()
    }


@st.composite
def spoiled(draw: st.DrawFn, body: Json) -> Any:
    """A good body with one thing wrong, or anything at all."""
    if draw(st.integers(0, 3)) == 0:
        return draw(JSON_VALUES)
    result = dict(body)
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from([*body, "id", "version", "organization_id", "__class__"]))
        if draw(st.booleans()):
            result[name] = draw(JSON_VALUES)
        else:
            result.pop(name, None)
    return result


ANY_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "if-match": st.one_of(HEADER_TEXTS, st.sampled_from(['"1"', "*", '"', 'W/"1"'])),
        "idempotency-key": HEADER_TEXTS,
        ORGANIZATION: st.one_of(HEADER_TEXTS, st.just(new_id())),
        "content-type": MEDIA_TYPES,
        "accept": HEADER_TEXTS,
        "x-http-method-override": st.sampled_from(["DELETE", "PATCH"]),
    },
)

# Deletions are fired only at ids that are not there: the others are still needed.
DELETIONS = [
    "/api/members/{user}",
    "/api/teams/{team}",
    "/api/documents/{document}",
    "/api/entities/{entity}",
    "/api/pipelines/{pipeline}",
    "/api/pipelines/{pipeline}/stages/{stage}",
    "/api/deals/{deal}",
    "/api/leads/{lead}",
    "/api/cases/{case}",
    "/api/activities/{activity}",
    "/api/workflow-rules/{rule}",
]


@bounded
@given(data=st.data())
def test_any_body(target: Target, data: st.DataObject) -> None:
    method, template = data.draw(st.sampled_from(sorted(BODIES)))
    path = data.draw(paths(target.known, template))
    body = real(BODIES[method, template], target.known)
    target.fire(method, path, json=data.draw(spoiled(body)))


@bounded
@given(data=st.data())
def test_any_bytes(target: Target, data: st.DataObject) -> None:
    method, template = data.draw(st.sampled_from(sorted(BODIES)))
    path = template.format(**target.known)
    content = data.draw(st.one_of(st.binary(max_size=300), TEXTS.map(lambda t: t.encode())))
    headers = {"content-type": data.draw(MEDIA_TYPES)}
    target.fire(method, path, content=content, headers=headers)


@bounded
@given(data=st.data())
def test_any_query(target: Target, data: st.DataObject) -> None:
    _, template = data.draw(st.sampled_from(READS))
    path = data.draw(paths(target.known, template))
    names = st.one_of(st.sampled_from(PARAMETERS), st.text(max_size=8))
    pairs = data.draw(st.lists(st.tuples(names, TEXTS), max_size=4))
    query = urlencode(pairs, errors="replace")
    raw = data.draw(st.sampled_from(["", "&", "&&=", "%", "%zz=%", "=", "a;b", "[]=1"]))
    target.fire("GET", f"{path}?{query}{raw}")


@bounded
@given(data=st.data())
def test_any_filter(target: Target, data: st.DataObject) -> None:
    lists = sorted(path for _, path in READS if "{" not in path)
    query = data.draw(st.dictionaries(st.sampled_from(PARAMETERS), TEXTS, max_size=4))
    target.fire("GET", f"{data.draw(st.sampled_from(lists))}?{urlencode(query)}")


@bounded
@given(data=st.data())
def test_any_headers(target: Target, data: st.DataObject) -> None:
    method, template = data.draw(st.sampled_from(ROUTES))
    headers = data.draw(ANY_HEADERS)
    path = template.format(**target.known)
    body = BODIES.get((method, template))
    target.fire(method, path, headers=headers, **({"json": body} if body else {}))


@bounded
@given(data=st.data())
def test_any_method(target: Target, data: st.DataObject) -> None:
    template = data.draw(st.sampled_from(sorted({path for _, path in ROUTES})))
    method = data.draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "TRACE", "PURGE", "LINK"]))
    target.fire(method, template.format(**target.known))


@bounded
@given(data=st.data())
def test_any_deletion_of_nothing(target: Target, data: st.DataObject) -> None:
    template = data.draw(st.sampled_from(DELETIONS))
    nothing = {name: new_id() for name in target.known}
    path = data.draw(paths(nothing, template))
    answer = target.fire("DELETE", path, headers=data.draw(ANY_HEADERS))
    assert answer.status_code in {400, 403, 404, 405}


@bounded
@given(data=st.data())
def test_any_form(target: Target, data: st.DataObject) -> None:
    form = data.draw(
        st.dictionaries(
            st.sampled_from(["title", "status", "shared_with", "id", "document_file"]),
            st.one_of(TEXTS, st.lists(TEXTS, max_size=3)),
            max_size=4,
        )
    )
    name = data.draw(st.one_of(TEXTS, TEXTS.map(lambda text: f"{text}.txt")))
    kind = data.draw(st.sampled_from(["text/plain", "", "application/octet-stream", "a/b; c=d"]))
    file = (name or "x", data.draw(st.binary(max_size=100)), kind)
    target.fire("POST", "/api/documents", data=form, files={"document_file": file})


def test_what_was_fired_at_still_stands(target: Target) -> None:
    assert target.fire("GET", f"/api/documents/{target.known['document']}").status_code == 200
    assert target.fire("GET", "/api/me").json()["role"] == "admin"
