"""/api/webhook-endpoints"""

from typing import Any

import pytest

from crm.http import app
from crm.platform.dynamodb.transaction import Transaction
from crm.webhooks import service
from crm.webhooks.schemas import MAX_ENDPOINTS, WebhookEndpoint
from tests.support import tables
from tests.support.client import Client
from tests.support.webhooks import ENDPOINTS, URL, register

pytestmark = pytest.mark.thorough

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"


def test_registering_one(ada: Client) -> None:
    reply = ada.post(ENDPOINTS, {"url": URL})
    made = reply.json
    assert reply.status == 201
    assert reply.headers["Location"] == f"{ENDPOINTS}/{made['id']}"
    assert reply.headers["ETag"] == '"1"'
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert made == {
        "id": made["id"],
        "url": URL,
        "is_active": True,
        "disabled_reason": None,
        "created_on": made["created_on"],
        "created_by": ada.user_id,
        "updated_on": made["created_on"],
        "updated_by": ada.user_id,
        "version": 1,
    }
    assert ada.get(reply.headers["Location"]).json == made
    assert ada.get(ENDPOINTS).json["results"] == [made]


def test_the_secret_is_told_once(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[Any] = []
    for level in ("info", "error"):
        monkeypatch.setattr(app.logger, level, lambda *what, **more: logged.append((what, more)))
    made = register(ada)
    path = f"{ENDPOINTS}/{made['id']}"
    replies = [
        ada.get(path),
        ada.get(ENDPOINTS),
        ada.put(path, {"url": URL}),
        ada.patch(path, {"is_active": False}),
        ada.get(f"{path}/deliveries"),
        ada.post(ENDPOINTS, {"url": URL}),
        ada.patch(path, {"secret": "whsec_AAAA"}),
        ada.delete(path),
    ]
    assert [reply.status for reply in replies] == [200, 200, 200, 200, 200, 409, 422, 204]
    secret = made["secret"].removeprefix("whsec_")
    assert not any("whsec_" in reply.text or secret in reply.text for reply in replies)
    assert len(logged) == 9
    assert secret not in str(logged)
    assert tables.mentioning(secret) == []


def test_nothing_that_may_be_printed_tells_the_secret(ada: Client) -> None:
    made = register(ada)
    found = service.find_by_url(str(ada.organization_id), URL)
    assert found is not None
    assert found.secret == made["secret"]
    assert made["secret"] not in f"{found!r} {found} {found.answer()}"


def test_secrets_differ_and_stay(ada: Client) -> None:
    first, second = register(ada), register(ada, "https://example.com/2")
    assert first["secret"] != second["secret"]
    ada.put(f"{ENDPOINTS}/{first['id']}", {"url": "https://example.com/3", "is_active": False})
    changed = service.find_by_url(str(ada.organization_id), "https://example.com/3")
    assert changed is not None
    assert changed.secret == first["secret"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": None}, "url"),
        ({"url": 5}, "url"),
        ({"url": ""}, "url"),
        ({"url": "http://example.com/"}, "url"),
        ({"url": "http://localhost/"}, "url"),
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "https://127.1/"}, "url"),
        ({"url": "https://2130706433/"}, "url"),
        ({"url": "https://0x7f.1/"}, "url"),
        ({"url": "https://0177.0.0.1/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "url"),
        ({"url": "https://user@example.com/"}, "url"),
        ({"url": "https://example.com/#fragment"}, "url"),
        ({"url": f"https://example.com/{'a' * 2048}"}, "url"),
        ({"url": URL, "is_active": None}, "is_active"),
        ({"url": URL, "is_active": "true"}, "is_active"),
        ({"url": URL, "disabled_reason": "x"}, "disabled_reason"),
        ({"url": URL, "secret": "whsec_AAAA"}, "secret"),
        ({"url": URL, "id": UNKNOWN}, "id"),
    ],
)
def test_what_cannot_be_registered(ada: Client, body: Any, field: str) -> None:
    reply = ada.post(ENDPOINTS, body)
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == [field]
    made = register(ada, "https://example.com/other")
    if body:
        changed = ada.put(f"{ENDPOINTS}/{made['id']}", body)
        assert (changed.problem, changed.fields) == ((422, "validation_failed"), [field])


def test_loopback_by_the_setting(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_ALLOW_LOOPBACK", "true")
    assert ada.post(ENDPOINTS, {"url": "http://127.0.0.1:8080/hooks"}).status == 201
    assert ada.post(ENDPOINTS, {"url": "http://localhost:8080/hooks"}).status == 201
    for url in ("http://127.1/", "http://2130706433/", "http://10.0.0.1/", "http://example.com/"):
        assert ada.post(ENDPOINTS, {"url": url}).problem == (422, "validation_failed")
    monkeypatch.setenv("WEBHOOK_ALLOW_LOOPBACK", "false")
    refused = ada.post(ENDPOINTS, {"url": "http://127.0.0.1:8081/hooks"})
    assert refused.problem == (422, "validation_failed")


def test_a_url_is_registered_once(ada: Client, eve: Client) -> None:
    made = register(ada)
    for url in (URL, "HTTPS://EXAMPLE.com:443/hooks"):
        reply = ada.post(ENDPOINTS, {"url": url})
        assert (reply.problem, reply.fields) == ((409, "duplicate"), ["url"])
    other = register(ada, f"{URL}/")
    taken = ada.patch(f"{ENDPOINTS}/{other['id']}", {"url": URL})
    assert (taken.problem, taken.fields) == ((409, "duplicate"), ["url"])
    register(eve)
    assert ada.delete(f"{ENDPOINTS}/{made['id']}").status == 204
    assert ada.patch(f"{ENDPOINTS}/{other['id']}", {"url": URL}).status == 200


def test_finding_by_url(ada: Client, eve: Client) -> None:
    made = register(ada)
    organization_id = str(ada.organization_id)
    for url in (URL, "https://EXAMPLE.com:443/hooks"):
        assert service.registered(organization_id, [url])
        found = service.find_by_url(organization_id, url)
        assert found is not None
        assert found.id == made["id"]
    for elsewhere, url in ((organization_id, f"{URL}/"), (str(eve.organization_id), URL)):
        assert not service.registered(elsewhere, [url])
        assert service.find_by_url(elsewhere, url) is None
    assert not service.registered(organization_id, ["no URL at all"])
    ada.patch(f"{ENDPOINTS}/{made['id']}", {"url": "https://example.com/moved"})
    assert not service.registered(organization_id, [URL])
    assert service.registered(organization_id, ["https://example.com/moved"])


def test_changing_one(ada: Client) -> None:
    made = register(ada)
    path = f"{ENDPOINTS}/{made['id']}"
    off = ada.patch(path, {"is_active": False})
    assert (off.status, off.json["is_active"], off.json["version"]) == (200, False, 2)
    assert ada.get(path).json == off.json
    whole = ada.put(path, {"url": "https://example.com/new"})
    assert (whole.json["url"], whole.json["is_active"]) == ("https://example.com/new", True)
    assert ada.put(path, {"url": URL}, headers={"if-match": '"1"'}).problem == (
        412,
        "version_conflict",
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_active": True}, None),
        ({"is_active": False}, "410 Gone"),
        ({"url": "https://example.com/new"}, "410 Gone"),
    ],
)
def test_what_was_disabled_is_made_active(ada: Client, changes: Any, reason: Any) -> None:
    made = register(ada)
    old = service.find_by_url(str(ada.organization_id), URL)
    assert old is not None
    transaction = Transaction()
    disabled = {"is_active": False, "disabled_reason": "410 Gone"}
    transaction.save(old.changed(ada.user_id, **disabled), old)
    transaction.commit()
    changed = ada.patch(f"{ENDPOINTS}/{made['id']}", changes).json
    assert (changed["disabled_reason"], changed["is_active"]) == (reason, reason is None)


def test_members_neither_read_nor_write(ada: Client, ben: Client, root: Client) -> None:
    made = register(ada)
    path = f"{ENDPOINTS}/{made['id']}"
    denied = [
        ben.get(ENDPOINTS),
        ben.get(path),
        ben.get(f"{path}/deliveries"),
        ben.get(f"{ENDPOINTS}/{UNKNOWN}"),
        ben.post(ENDPOINTS, {"url": "https://example.com/2"}),
        ben.put(path, {"url": URL}),
        ben.patch(path, {"is_active": False}),
        ben.delete(path),
    ]
    assert {reply.problem for reply in denied} == {(403, "permission_denied")}
    assert root.get(path).status == 200


def test_other_organizations(ada: Client, eve: Client) -> None:
    path = f"{ENDPOINTS}/{register(ada)['id']}"
    absent = [
        *(eve.get(one) for one in (path, f"{path}/deliveries", f"{ENDPOINTS}/{UNKNOWN}")),
        eve.patch(path, {"is_active": False}),
        eve.put(path, {"url": URL}),
        eve.delete(path),
        eve.get(f"{ENDPOINTS}/nonsense"),
    ]
    assert {reply.problem for reply in absent} == {(404, "not_found")}
    assert eve.get(ENDPOINTS).ids == []


def test_deleting_one(ada: Client) -> None:
    made = register(ada)
    path = f"{ENDPOINTS}/{made['id']}"
    assert ada.delete(path).status == 204
    assert ada.get(path).problem == (404, "not_found")
    assert ada.delete(path).problem == (404, "not_found")
    assert tables.mentioning(made["id"]) == []


def test_there_is_a_limit(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ENDPOINTS == 50
    monkeypatch.setattr(service, "MAX_ENDPOINTS", 2)
    first = register(ada)
    register(ada, "https://example.com/2")
    assert ada.post(ENDPOINTS, {"url": "https://example.com/3"}).problem == (409, "limit_exceeded")
    ada.delete(f"{ENDPOINTS}/{first['id']}")
    register(ada, "https://example.com/3")


def test_a_list_is_newest_first(ada: Client) -> None:
    made = [register(ada, f"https://example.com/{n}")["id"] for n in range(3)]
    assert ada.get(ENDPOINTS).ids == made[::-1]
    page = ada.get(f"{ENDPOINTS}?limit=2")
    assert page.ids + ada.get(page.json["next"]).ids == made[::-1]


def test_the_stream_knows_the_kind() -> None:
    from crm.records.registry import KINDS

    assert KINDS["webhook_endpoint"] is WebhookEndpoint
