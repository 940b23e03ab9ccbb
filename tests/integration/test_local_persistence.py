"""Data of the stack after a stop, and after a kill."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from local.process import StackProcess
from tests.support.integration.witness import Witness

WITHIN = 60
CATCHING_UP = 180
"""Seconds: the witness reads the stream from its beginning, all that other tests wrote included."""


def eventually(condition: Callable[[], bool], seconds: float = WITHIN) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


@pytest.fixture
def copy(stack: StackProcess, tmp_path: Path) -> Iterator[StackProcess]:
    """A second stack, deployed already: it starts from what the first has saved."""
    deployed = stack.settings.directory
    assert eventually(lambda: (deployed / "state/stream_positions.json").exists())
    shutil.copytree(
        deployed, tmp_path / "copy", ignore=shutil.ignore_patterns("build", "lock", "tmp")
    )
    process = StackProcess(tmp_path / "copy")
    process.start()
    yield process
    process.kill()


def test_nothing_is_lost_when_it_is_stopped(copy: StackProcess) -> None:
    witness = Witness(copy)
    witness.install()
    before = {f"before-{n:02}" for n in range(20)}
    witness.write(sorted(before))
    files = copy.client("s3")
    files.put_object(Bucket=copy.outputs["Bucket"], Key="files/kept", Body=b"content")
    token = copy.token("kept@example.com")
    copy.stop()

    copy.start()
    assert witness.written() == before
    assert eventually(lambda: witness.seen() == before, CATCHING_UP)
    kept = files.get_object(Bucket=copy.outputs["Bucket"], Key="files/kept")
    assert kept["Body"].read() == b"content"
    me = {"authorization": f"Bearer {token}"}
    assert httpx.get(f"{copy.api_url}/api/me", headers=me, timeout=30).status_code == 200

    after = {f"after-{n:02}" for n in range(20)}
    witness.write(sorted(after))
    assert eventually(lambda: witness.seen() == before | after, CATCHING_UP), (
        "the stream went silent"
    )


def test_a_kill_leaves_nothing_torn(copy: StackProcess) -> None:
    witness = Witness(copy)
    witness.install()
    settled = {f"settled-{n:02}" for n in range(20)}
    witness.write(sorted(settled))
    assert eventually(lambda: witness.seen() == settled, CATCHING_UP)
    saved = copy.settings.state / "dynamodb.json"
    assert eventually(lambda: "settled-19" in saved.read_text())
    late = {f"late-{n:02}" for n in range(20)}
    witness.write(sorted(late))
    copy.kill()

    copy.start()
    kept = witness.written()
    assert settled <= kept <= settled | late
    assert eventually(lambda: witness.seen() >= kept, CATCHING_UP)

    after = {f"after-{n:02}" for n in range(20)}
    witness.write(sorted(after))
    assert eventually(lambda: witness.seen() >= kept | after, CATCHING_UP), "the stream went silent"
