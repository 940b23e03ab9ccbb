"""Dependent fields of activities, and the notes of transitions."""

from collections.abc import Mapping
from typing import Any

from tests.assurance.model.state import PATHS, Fields, Record, State
from tests.assurance.model.witness import Witness

DEFAULTS: Fields = {
    "description": None,
    "related_to_type": None,
    "related_to_id": None,
    "assigned_to": None,
    "due_date": None,
    "is_completed": False,
}


def implied(old: Record | None, named: Mapping[str, Any], *, whole: bool) -> Fields:
    """What a body says of a task's completion besides what it names: both of the two, or neither.

    Bodies name one of them at most.
    """
    kind = named.get("type") or (old.fields["type"] if old else None)
    if kind != "task":
        return {}
    if "status" in named:
        return {"is_completed": named["status"] == "completed"}
    if named.get("is_completed"):
        return {"status": "completed"}
    reopened = not whole and "is_completed" in named and old and old.fields["is_completed"]
    return {"status": "not_started"} if reopened else {}


def stamp(record: Record) -> None:
    """There is a time of completion as long as it is completed."""
    record.stand("completed_on", there=record.fields["is_completed"])


def expect_note(
    state: State, witness: Witness, deal: Record, who: str, subject: str, text: str | None
) -> None:
    """Find the one Note that a move must have left."""
    query = f"type=note&related_to_type=deal&related_to_id={deal.id}&limit=100"
    rows = witness.rows(f"{PATHS['activity']}?{query}")
    unknown = [one for one in rows if one["id"] not in {*state.records["activity"], *state.gone}]
    assert len(unknown) == 1, f"{len(unknown)} new notes about a move"
    fields = {
        **DEFAULTS,
        "type": "note",
        "subject": subject,
        "description": text,
        "related_to_type": "deal",
        "related_to_id": deal.id,
        "assigned_to": who,
    }
    note = Record(unknown[0]["id"], fields, [who], kind="activity")
    state.records["activity"][note.id] = note
    state.check(note, unknown[0])


def retarget(state: State, who: str, old: tuple[str, str], new: tuple[str, str]) -> None:
    """Let the activities about one record be about another."""
    for one in state.about(*old):
        one.write(who, related_to_type=new[0], related_to_id=new[1])
