"""The fields that rules and CSV files know: what the models say, held against a table by hand."""

import pytest

from crm.administration.csv import fields as csv_fields
from crm.records.registry import OWNED_TYPES, RECORD_TYPES
from crm.workflows.rules import catalogue

SERVER = {
    "id": "id",
    "created_on": "datetime",
    "created_by": "user",
    "updated_on": "datetime",
    "updated_by": "user",
    "version": "number",
}

RULES: dict[str, dict[str, str]] = {
    "entity": {
        **SERVER,
        "type": "choice contact|organization|account, settable, required",
        "name": "text, settable, required",
        "legal_name": "text, settable",
        "status": "choice active|inactive, settable, required",
        "note": "text, settable",
        "assigned_to": "user, settable, required",
        "shared_with": "ids, settable, required",
    },
    "deal": {
        **SERVER,
        "name": "text, settable, required",
        "amount": "number, settable",
        "currency": "text, settable, required",
        "entity_id": "id, settable, required",
        "pipeline_id": "id",
        "stage_id": "id, settable, required",
        "status": "choice open|won|lost",
        "probability": "number",
        "weighted_amount": "number",
        "expected_close_date": "date, settable",
        "closed_on": "datetime",
        "assigned_to": "user, settable, required",
        "shared_with": "ids, settable, required",
    },
    "activity": {
        **SERVER,
        "type": "choice task|event|email|note|call",
        "subject": "text, settable, required",
        "description": "text, settable",
        "related_to_type": "choice entity|deal|lead|case",
        "related_to_id": "id",
        "due_date": "date, settable",
        "is_completed": "boolean, settable, required",
        "completed_on": "datetime",
        "assigned_to": "user, settable, required",
        "priority": "choice low|medium|high, settable, required",
        "status": "choice not_started|in_progress|waiting|completed, settable, required",
        "start_time": "datetime, settable, required",
        "end_time": "datetime, settable, required",
        "location": "text, settable",
        "from_address": "text, settable, required",
        "to_addresses": "texts",
        "cc_addresses": "texts",
        "body": "text, settable, required",
        "is_outbound": "boolean, settable, required",
        "phone_number": "text",
        "duration_seconds": "number",
        "call_outcome": "text, settable",
    },
    "lead": {
        **SERVER,
        "first_name": "text, settable",
        "last_name": "text, settable, required",
        "organization_name": "text, settable",
        "email": "text, settable",
        "phone": "text, settable",
        "source": "text, settable",
        "status": (
            "choice assigned|in_process|converted|recycled|closed, "
            "settable assigned|in_process|recycled|closed, required"
        ),
        "amount": "number, settable",
        "assigned_to": "user, settable, required",
        "shared_with": "ids, settable, required",
        "converted_on": "datetime",
        "contact_id": "id",
        "account_id": "id",
        "deal_id": "id",
    },
    "case": {
        **SERVER,
        "name": "text, settable, required",
        "status": "choice new|assigned|pending|closed|rejected|duplicate, settable, required",
        "priority": "choice low|normal|high|urgent, settable, required",
        "case_type": "choice question|incident|problem, settable, required",
        "entity_id": "id, settable",
        "description": "text, settable",
        "closed_on": "datetime",
        "assigned_to": "user, settable, required",
        "shared_with": "ids, settable, required",
    },
    "document": {
        **SERVER,
        "title": "text, settable, required",
        "status": "choice active|inactive, settable, required",
        "shared_with": "ids, settable, required",
        "upload_status": "choice pending|available|rejected",
        "rejection_reason": "text",
        "file_name": "text",
        "content_type": "text",
        "size": "number",
        "sha256": "text",
    },
}
"""Type of each field; whether rules set it, to which choices, and whether they cannot clear it."""

COLUMNS: dict[str, dict[str, str]] = {
    "entity": {
        "type": "word",
        "name": "text",
        "legal_name": "text",
        "status": "word",
        "note": "text",
        "assigned_to": "trimmed",
        "shared_with": "listed",
    },
    "deal": {
        "name": "text",
        "amount": "number",
        "currency": "code",
        "entity_id": "trimmed",
        "stage_id": "trimmed",
        "expected_close_date": "day",
        "assigned_to": "trimmed",
        "shared_with": "listed",
    },
    "activity": {
        "type": "word",
        "subject": "text",
        "description": "text",
        "related_to_type": "word",
        "related_to_id": "trimmed",
        "assigned_to": "trimmed",
        "due_date": "day",
        "is_completed": "boolean",
        "priority": "word",
        "status": "word",
        "start_time": "moment",
        "end_time": "moment",
        "location": "text",
        "from_address": "trimmed",
        "to_addresses": "listed",
        "cc_addresses": "listed",
        "body": "text",
        "is_outbound": "boolean",
        "phone_number": "text",
        "duration_seconds": "whole",
        "call_outcome": "text",
    },
    "lead": {
        "first_name": "text",
        "last_name": "text",
        "organization_name": "text",
        "email": "trimmed",
        "phone": "text",
        "source": "text",
        "status": "word",
        "amount": "number",
        "assigned_to": "trimmed",
        "shared_with": "listed",
    },
    "case": {
        "name": "text",
        "status": "word",
        "priority": "word",
        "case_type": "word",
        "entity_id": "trimmed",
        "description": "text",
        "assigned_to": "trimmed",
        "shared_with": "listed",
    },
}
"""Readers of the cells of writable fields, in the order of the columns."""

READ_ONLY: dict[str, list[str]] = {
    "entity": [],
    "deal": ["pipeline_id", "status", "probability", "weighted_amount", "closed_on"],
    "activity": ["completed_on"],
    "lead": ["converted_on", "contact_id", "account_id", "deal_id"],
    "case": ["closed_on"],
}


def told(field: catalogue.Field) -> str:
    text = " ".join(filter(None, [field.type, "|".join(field.choices)]))
    if field.form is not None:
        part = "" if field.settable == field.choices else f" {'|'.join(field.settable)}"
        text += f", settable{part}" + (", required" if field.required else "")
    return text


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_fields_that_rules_name(record_type: str) -> None:
    found = {name: told(field) for name, field in catalogue.own(record_type).items()}
    assert found == RULES[record_type]


@pytest.mark.parametrize("record_type", OWNED_TYPES)
def test_columns_of_csv_files(record_type: str) -> None:
    readings = csv_fields.readings(record_type)
    assert [(name, one.__name__) for name, one in readings.items()] == list(
        COLUMNS[record_type].items()
    )
    each = ["version", "created_on", "created_by", "updated_on", "updated_by"]
    assert list(csv_fields.read_only(record_type)) == [*READ_ONLY[record_type], *each]
