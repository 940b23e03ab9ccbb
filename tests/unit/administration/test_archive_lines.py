"""Lines of archives: what is read, and who people are then."""

from datetime import timedelta
from typing import Any

import pytest

from crm.administration.archive.manifest import SECTIONS, parse
from crm.administration.archive.of_history import HistoryLine
from crm.administration.archive.of_settings import WorkflowRuleLine
from crm.administration.archive.restoration import lines_of
from crm.administration.archive.rows import ROWS
from crm.administration.archive.sections import READERS
from crm.platform import clock, ids
from crm.platform.errors import ValidationFailedError
from crm.platform.validation import validate
from crm.records.archive.lines import PEOPLE
from crm.related.activities.archive import AnyActivityLine
from crm.related.documents.archive import file_entry
from crm.sales.deals.archive import DealLine, StageHistoryLine
from crm.sales.entities.archive import EntityLine

ID = "01a1ffdb-0000-7000-8000-000000000000"
NOW = "2026-01-01T00:00:00.000Z"
HEAD = {
    "id": ID,
    "created_on": NOW,
    "created_by": "old",
    "updated_on": NOW,
    "updated_by": "stranger",
    "version": 3,
}
CONTEXT = {PEOPLE: {"old": "new"}}


def test_each_section_is_dumped_and_restored() -> None:
    assert [section.name for section in SECTIONS] == [
        *("manifest", "people", "organization", "members", "teams", "custom_fields", "pipelines"),
        *("webhook_endpoints", "entities", "identifiers", "contact_points", "addresses"),
        *("relationships", "deals", "deal_stays", "leads", "cases", "activities"),
        *("document_files", "documents", "attachments", "events", "history", "workflow_rules"),
    ]
    assert ROWS.keys() == READERS.keys() == {section.name for section in SECTIONS}


def test_an_id_is_not_of_the_future_as_far_as_clocks_agree() -> None:
    line = {**HEAD, "type": "account", "name": "Acme", "assigned_to": "old"}
    for seconds, is_taken in ((-60, True), (30, True), (90, False), (86_400, False)):
        made = ids.first_id(clock.now() + timedelta(seconds=seconds)) + "-7000-8000-000000000000"
        if is_taken:
            assert validate(EntityLine, {**line, "id": made}).id == made
        else:
            with pytest.raises(ValidationFailedError) as refused:
                validate(EntityLine, {**line, "id": made})
            assert [one.field for one in refused.value.errors] == ["id"]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_a_piece_is_found_by_its_name(section: Any) -> None:
    assert parse(section.piece(1)) == (section, 1)
    if not section.is_single:
        assert parse(section.piece(123)) == (section, 123)


@pytest.mark.parametrize(
    "name",
    [
        *("", "manifest", "people.json", "people/0000001.jsonl", "people/000000.jsonl"),
        *("manifest/000001.jsonl", "other/000001.jsonl", " manifest.json", "manifest.json\n"),
        *(file_entry(ID, 1), "people/000001.jsonl/x", "people/٠٠٠٠٠١.jsonl"),
    ],
)
def test_other_names_are_of_no_piece(name: str) -> None:
    assert parse(name) is None


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"a\n", [b"a"]),
        (b"a\nb", [b"a", b"b"]),
        (b"a\n\n", [b"a", b""]),
        ("a\u2028b\n".encode(), ["a\u2028b".encode()]),
    ],
)
def test_lines_end_where_a_line_ends(content: bytes, lines: list[bytes]) -> None:
    assert lines_of(content) == lines


def test_people_are_who_they_are_here() -> None:
    value = {**HEAD, "type": "account", "name": "Acme", "assigned_to": "old"}
    entity = validate(EntityLine, value, context=CONTEXT).record("org")
    assert (entity.created_by, entity.assigned_to, entity.updated_by) == ("new", "new", "stranger")
    assert (entity.organization_id, entity.version) == ("org", 3)


def test_history_names_people_in_the_field_that_holds_them_only() -> None:
    changes = [
        {"field": "assigned_to", "old": None, "new": "old"},
        {"field": "name", "old": "old", "new": ["old"]},
    ]
    value = {
        "record_type": "deal",
        "record_id": ID,
        "version": 1,
        "at": NOW,
        "by": "old",
        "action": "created",
        "changes": changes,
    }
    row = validate(HistoryLine, value, context=CONTEXT).model_dump()
    assert row["by"] == "new"
    assert [(one["old"], one["new"]) for one in row["changes"]] == [
        (None, "new"),
        ("old", ["old"]),
    ]


def test_rules_name_people_where_they_act_on_them_or_compare_them() -> None:
    value = {
        **HEAD,
        "name": "old",
        "record_type": "deal",
        "trigger": {"event": "created"},
        "is_active": True,
        "order": 0,
        "conditions": {
            "all": [
                {"field": "assigned_to", "operator": "in", "value": ["old", "x"]},
                {"field": "name", "operator": "equals", "value": "old"},
                {"field": "assigned_to", "operator": "equals", "value": {"field": "created_by"}},
                {"not": {"any": [{"field": "updated_by", "operator": "equals", "value": "old"}]}},
            ]
        },
        "actions": [
            {"type": "assign_owner", "to": "old"},
            {"type": "assign_owner", "round_robin": ID},
            {
                "type": "send_notification",
                "to": "owner",
                "channel": "in_app",
                "subject": "old",
                "body": "old",
            },
            {"type": "update_field", "field": "assigned_to", "value": "old"},
            {"type": "update_field", "field": "name", "value": "old"},
        ],
    }
    line = validate(WorkflowRuleLine, value, context=CONTEXT)
    translated = line.translated({"old": "new"})
    written = str(value)
    assert translated["conditions"] == {
        "all": [
            {"field": "assigned_to", "operator": "in", "value": ["new", "x"]},
            {"field": "name", "operator": "equals", "value": "old"},
            {"field": "assigned_to", "operator": "equals", "value": {"field": "created_by"}},
            {"not": {"any": [{"field": "updated_by", "operator": "equals", "value": "new"}]}},
        ]
    }
    assert (
        translated["actions"]
        == [
            {"type": "assign_owner", "to": "new"},
            *value["actions"][1:3],  # type: ignore[index]
            {"type": "update_field", "field": "assigned_to", "value": "new"},
            *value["actions"][4:],  # type: ignore[index]
        ]
    )
    assert str(value) == written


def test_what_follows_from_a_line_is_not_what_it_says() -> None:
    value = {
        **HEAD,
        "name": "Big",
        "amount": "10.5",
        "currency": "USD",
        "entity_id": ID,
        "pipeline_id": ID,
        "stage_id": ID,
        "status": "open",
        "probability": 50,
        "assigned_to": "old",
        "stay_id": ID,
        "stage_entered_on": NOW,
    }
    deal = validate(DealLine, value).record("org")
    assert (deal.amount, deal.weighted_amount, deal.closed_on) == ("10.50", "5.25", None)


def test_a_task_is_completed_in_each_of_its_fields() -> None:
    value = {
        **HEAD,
        "type": "task",
        "subject": "Do",
        "assigned_to": "old",
        "status": "completed",
        "completed_on": NOW,
    }
    task = validate(AnyActivityLine, value).record("org")
    assert task.is_completed
    with pytest.raises(ValidationFailedError):
        validate(AnyActivityLine, {**value, "is_completed": False}).record("org")


def test_a_stay_that_has_ended_lasted_some_time() -> None:
    value = {
        "deal_id": ID,
        "id": ID,
        "stage_id": ID,
        "stage_name": "In",
        "entered_on": NOW,
        "entered_by": "old",
    }
    assert validate(StageHistoryLine, value, context=CONTEXT).stay().entered_by == "new"
    with pytest.raises(ValidationFailedError):
        validate(StageHistoryLine, {**value, "seconds": 5}).stay()
