"""The stack saves its state beside the engine's own threads, which change it meanwhile."""

import asyncio
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local import persistence
from local.gateway import Gateway
from local.settings import Settings
from local.snapshots import Snapshots


@pytest.mark.parametrize("failures", [0, 1, 5])
def test_what_changes_while_it_is_read_is_read_again(
    failures: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = failures

    def state() -> dict[str, Any]:
        nonlocal left
        left -= 1
        if left >= 0:
            raise RuntimeError("dictionary changed size during iteration")
        return {"queues": 1}

    monkeypatch.setattr("ministack.core.persistence.STATE_DIR", str(tmp_path))
    monkeypatch.setattr(persistence, "stream_positions", dict)
    application = SimpleNamespace(_build_persistence_save_dict=lambda: {"sqs": state})
    snapshots = Snapshots(application, Gateway(None, Settings(tmp_path, 1, 2)))
    asyncio.run(snapshots.save())
    assert json.loads((tmp_path / "sqs.json").read_text())["payload"] == {"queues": 1}
