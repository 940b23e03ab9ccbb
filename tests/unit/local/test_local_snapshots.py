"""The stack saves its state beside the engine's own threads, which change it meanwhile."""

import asyncio
import json
from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local import persistence
from local.gateway import Gateway
from local.settings import Settings
from local.snapshots import Snapshots


@pytest.fixture(autouse=True)
def _prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ministack.core.persistence.STATE_DIR", str(tmp_path))
    monkeypatch.setattr(persistence, "stream_positions", dict)


def snapshots_of(state: Callable[[], Any], directory: Path) -> Snapshots:
    application = SimpleNamespace(_build_persistence_save_dict=lambda: {"sqs": state})
    return Snapshots(application, Gateway(None, Settings(directory, 1, 2)))


def saved(directory: Path) -> Any:
    return json.loads((directory / "sqs.json").read_text())["payload"]


@pytest.mark.parametrize("failures", [0, 1, 5])
def test_what_changes_while_it_is_read_is_read_again(failures: int, tmp_path: Path) -> None:
    left = failures

    def state() -> dict[str, Any]:
        nonlocal left
        left -= 1
        if left >= 0:
            raise RuntimeError("dictionary changed size during iteration")
        return {"queues": 1}

    asyncio.run(snapshots_of(state, tmp_path).save())
    assert saved(tmp_path) == {"queues": 1}


def test_a_state_that_cannot_be_saved_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = count(1)

    def state() -> dict[str, Any]:
        if next(asked) == 1:
            raise KeyError("gone")
        return {"queues": 2}

    monkeypatch.setattr("local.snapshots.INTERVAL", 0.0)

    async def keep() -> None:
        snapshots = snapshots_of(state, tmp_path)
        keeping = asyncio.create_task(snapshots.keep())
        while not keeping.done() and not (tmp_path / "sqs.json").exists():
            await asyncio.sleep(0)
        keeping.cancel()
        await asyncio.wait({keeping})
        assert keeping.cancelled()

    asyncio.run(keep())
    assert saved(tmp_path) == {"queues": 2}
    assert "could not be saved, trying again: KeyError('gone')" in capsys.readouterr().out
