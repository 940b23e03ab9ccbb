"""States of a document: its visibility, and its lists."""

import pytest

from crm.related.documents.schemas import Document, Status

ID = "01a1ffdb-af27-7272-b146-7e048da82017"


def document(status: Status = "active", file_version: int = 1) -> Document:
    return Document.create(
        "org",
        "me",
        id=ID,
        title="Plan",
        status=status,
        shared_with=["t1", "t2"],
        file_name="plan.txt",
        content_type="text/plain",
        size=4,
        file_version=file_version,
        file_key="files/x" if file_version else None,
    )


@pytest.mark.parametrize(
    ("status", "file_version", "visibility"),
    [
        ("active", 1, "visible"),
        ("active", 7, "visible"),
        ("active", 0, "unavailable"),
        ("inactive", 1, "inactive"),
        ("inactive", 0, "inactive"),
    ],
)
def test_visibility(status: Status, file_version: int, visibility: str) -> None:
    shown = document(status, file_version)
    assert shown.visibility == visibility
    assert list(shown.viewing_teams) == (["t1", "t2"] if visibility == "visible" else [])
    assert shown.owners == ["me"]
    assert shown.index_entries() == {
        f"status#{status}": ID,
        f"creator#me#{status}": ID,
        **({"visible": ID} if visibility == "visible" else {}),
        f"team#t1#{visibility}": ID,
        f"team#t2#{visibility}": ID,
    }


@pytest.mark.parametrize("status", ["active", "inactive"])
@pytest.mark.parametrize("file_version", [0, 1])
def test_a_team_finds_all_that_is_shared_with_it(status: Status, file_version: int) -> None:
    """Else the end of the team would leave its id behind."""
    held = set(document(status, file_version).index_entries())
    for team in ("t1", "t2"):
        assert len(held & set(Document.team_lists(team))) == 1


def test_it_is_as_old_as_its_id() -> None:
    made = document()
    assert made.created_on == made.updated_on == "2026-11-21T20:45:49.735Z"


def test_a_change_is_the_next_version() -> None:
    old = document()
    new = old.changed("you", title="Other")
    assert (new.version, new.updated_by, new.title) == (2, "you", "Other")
    assert (new.created_by, new.created_on, new.id) == ("me", old.created_on, ID)
    assert (old.version, old.title) == (1, "Plan")


def test_no_answer_shows_where_the_file_lies() -> None:
    assert not {"file_key", "file_version", "organization_id"} & set(document().answer())
    assert document().item()["file_key"] == "files/x"
