"""Each setting is obeyed."""

import pytest

from tests.support.client import Client
from tests.support.cloud import Cloud
from tests.support.forms import File, send
from tests.support.uploads import declared


@pytest.mark.parametrize(("setting", "currency"), [("EUR", "EUR"), (None, "USD")])
def test_default_currency(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, setting: str | None, currency: str
) -> None:
    if setting:
        monkeypatch.setenv("CRM_DEFAULT_CURRENCY", setting)
    else:
        monkeypatch.delenv("CRM_DEFAULT_CURRENCY")
    made = Client("somebody").post("/api/organizations", {"name": "Brook"})
    assert made.json["default_currency"] == currency


def test_allowed_file_types(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_ALLOWED_FILE_TYPES", "pdf, CSV ,exe,")
    text, table = declared(), declared(name="plan.csv", content_type="text/csv")
    for file, status in ((text, 415), (table, 201), (declared(name="a.exe"), 415)):
        assert ada.post("/api/documents", {"title": "Plan", "file": file}).status == status
    for name, status in (("plan.txt", 415), ("plan.csv", 201)):
        parts: list[tuple[str, str | File]] = [("document_file", File(name, b"a,b"))]
        assert send(ada, [("title", "Plan"), *parts]).status == status


def test_max_file_bytes(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_MAX_FILE_BYTES", "4")
    for size, status in ((4, 201), (5, 413)):
        file = declared(size=size)
        assert ada.post("/api/documents", {"title": "Plan", "file": file}).status == status
        sent = File("plan.txt", b"x" * size, "text/plain")
        assert send(ada, [("title", "Plan"), ("document_file", sent)]).status == status
