"""Zip files that are written in steps."""

import io
import zipfile
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from crm.platform.s3 import bucket
from crm.platform.s3.zip_object import Zipping
from tests.support.cloud import BUCKET, Cloud, client
from tests.support.multipart import empty, make_parts_small

KEY = "exports/o/j/archive.zip"

Entry = tuple[str, list[bytes], bool]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    make_parts_small(monkeypatch, 50, 80)


def stored() -> bytes:
    content: bytes = client("s3").get_object(Bucket=BUCKET, Key=KEY)["Body"].read()
    return content


def written(entries: list[Entry], token: str | None = None) -> Zipping:
    archive = Zipping.resume(token) if token else Zipping.begin(KEY)
    for name, chunks, compressed in entries:
        archive.entry(name, chunks, compressed=compressed)
    return archive


entries = some.lists(
    some.tuples(
        some.text(
            some.characters(exclude_categories=["Cs"], exclude_characters="\0/\\"),
            min_size=1,
            max_size=12,
        ),
        some.lists(some.binary(max_size=200), max_size=3),
        some.booleans(),
    ),
    max_size=8,
    unique_by=lambda entry: entry[0],
)


@pytest.mark.thorough
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(entries=entries, cuts=some.lists(some.integers(0, 8), max_size=4), data=some.data())
def test_any_entries_cut_into_any_steps(
    cloud: Cloud, entries: list[Entry], cuts: list[int], data: some.DataObject
) -> None:
    empty(cloud)
    bounds = [0, *sorted(min(cut, len(entries)) for cut in cuts), len(entries)]
    token = None
    for start, end in pairwise(bounds):
        for _ in range(data.draw(some.integers(0, 1), label="deaths before the end")):
            written(entries[start:end], token)
        for _ in range(data.draw(some.integers(0, 1), label="deaths after the end")):
            written(entries[start:end], token).save()
        token = written(entries[start:end], token).save()
    for _ in range(1 + data.draw(some.integers(0, 1), label="ends again")):
        written([], token).finish()
    in_steps = stored()
    with zipfile.ZipFile(io.BytesIO(in_steps)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [name for name, _, _ in entries]
        for name, chunks, compressed in entries:
            assert archive.read(name) == b"".join(chunks)
            kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            assert archive.getinfo(name).compress_type == kind
    written(entries).finish()
    assert stored() == in_steps


def test_what_a_step_knows_of_the_one_before() -> None:
    archive = written([("a", [b"abc"], True)])
    archive.note = {"position": 7}
    again = Zipping.resume(archive.save())
    assert again.note == {"position": 7}
    assert again.names == ["a"]
    assert again.length == archive.length > 3


def test_no_name_comes_twice() -> None:
    again = Zipping.resume(written([("a", [b"abc"], True)]).save())
    with pytest.raises(ValueError, match="two entries"):
        again.entry("a", [b"other"], compressed=True)


def test_a_step_whose_entry_failed_cannot_be_saved(cloud: Cloud) -> None:
    token = written([("a", [b"abc"], True)]).save()
    archive = Zipping.resume(token)

    def breaking() -> Iterator[bytes]:
        yield b"x" * 1000
        raise bucket.GoneError

    with pytest.raises(bucket.GoneError):
        archive.entry("b", breaking(), compressed=False)
    for use in (archive.save, archive.finish, lambda: archive.entry("c", [], compressed=True)):
        with pytest.raises(ValueError, match="the step has ended"):
            use()
    archive = Zipping.resume(token)
    archive.entry("b", [b"better"], compressed=False)
    archive.finish()
    with zipfile.ZipFile(io.BytesIO(stored())) as found:
        assert found.testzip() is None
        assert found.read("b") == b"better"


def test_an_entry_that_needs_large_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit where the format's own numbers end, drawn nearer."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    token = written([("a", [b"x" * 300], False), ("b", [b"y" * 300], False)]).save()
    written([("c", [b"z" * 300], False)], token).finish()
    with zipfile.ZipFile(io.BytesIO(stored())) as found:
        assert found.testzip() is None
        assert [found.read(name)[:1] for name in "abc"] == [b"x", b"y", b"z"]
