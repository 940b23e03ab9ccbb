"""Both tables are taken back from a backup, and an organization out of them: `make rescue`."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from local.process import StackProcess
from local.settings import ROOT
from tests.support.integration.client import Brook, good, made, new_id
from tests.support.integration.exports import Whole, exported, pieces

TABLES = ("RecordsTable", "BookkeepingTable")


@contextmanager
def backup(stack: StackProcess) -> Iterator[Callable[[], list[str]]]:
    """Back up both tables. What comes of it takes them back, as two more, and says their names."""
    tables = stack.client("dynamodb")
    backups = [
        tables.create_backup(TableName=stack.outputs[name], BackupName="before")["BackupDetails"]
        for name in TABLES
    ]
    names = [f"restored-{new_id()}" for _ in TABLES]

    def restored() -> list[str]:
        for name, taken in zip(names, backups, strict=True):
            tables.restore_table_from_backup(TargetTableName=name, BackupArn=taken["BackupArn"])
        return names

    yield restored
    for name, taken in zip(names, backups, strict=True):
        tables.delete_table(TableName=name)
        tables.delete_backup(BackupArn=taken["BackupArn"])


def rescue(stack: StackProcess, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "tools.ops", "rescue", *arguments],
        cwd=ROOT,
        env=stack.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_what_was_lost_comes_back(stack: StackProcess, tmp_path: Path) -> None:
    """Records and files that were deleted, overwritten or added since the backup."""
    path = tmp_path / "rescued.zip"
    with Brook(stack) as brook:
        whole = Whole.made(brook)
        ada = whole.admin
        _, before = exported(ada, "organization", "zip")
        with backup(stack) as restored:
            good(ada.patch(f"/api/entities/{whole.entity}", {"name": "Overwritten"}))
            # With the deal goes the document that was attached to nothing else.
            for lost in (f"deals/{whole.deal}", f"documents/{whole.notes}"):
                assert ada.delete(f"/api/{lost}").status_code == 204
            made(ada.post("/api/leads", {"last_name": "Later"}))

            code, told, _ = rescue(stack, str(ada.organization_id), *restored(), str(path))
        assert (code, json.loads(told)["files"], json.loads(told)["missing"]) == (0, 2, [])
        content = path.read_bytes()
        assert pieces(content) == pieces(before)
        copy = whole.taken_in(content)
        whole.stands(whole.user.at(copy.organization_id))


UNKNOWN = "01a00000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    ("organization", "tables", "file", "error"),
    [
        ("{organization}", TABLES, "mine.zip", "cannot write {path}: File exists"),
        ("{organization}", TABLES, "nowhere/a.zip", "cannot write {path}: No such file"),
        (UNKNOWN, TABLES, "a.zip", f"has no organization {UNKNOWN}"),
        ("{organization}", ("nowhere", "nowhere"), "a.zip", "ResourceNotFoundException"),
        ("{organization}", ("RecordsTable", "nowhere"), "a.zip", "ResourceNotFoundException"),
    ],
)
def test_what_cannot_be_rescued_is_refused(
    stack: StackProcess,
    tmp_path: Path,
    organization: str,
    tables: tuple[str, str],
    file: str,
    error: str,
) -> None:
    """In one line, and without leaving half an archive behind."""
    path, mine = tmp_path / file, tmp_path / "mine.zip"
    mine.write_text("mine")
    known: dict[str, Any] = {"path": path}
    with Brook(stack) as brook:
        known["organization"] = brook.found().founder.organization_id
    names = [stack.outputs.get(name, name) for name in tables]
    code, _, told = rescue(stack, organization.format(**known), *names, str(path))
    assert (code, told.startswith("error: "), told.count("\n")) == (1, True, 1)
    assert error.format(**known) in told
    assert [one.name for one in tmp_path.iterdir()] == ["mine.zip"]
    assert mine.read_text() == "mine"
