"""Objects that are written in steps, and the streams that read them again."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from crm.platform.errors import TooLargeError
from crm.platform.s3 import append_object, bucket, multipart_upload
from crm.platform.s3.append_object import Appending
from tests.support.cloud import BUCKET, Cloud, client
from tests.support.multipart import empty, make_parts_small

KEY, TYPE = "exports/o/j/file.csv", "text/csv"
SMALL, PART = 5, 8


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    make_parts_small(monkeypatch, SMALL, PART)


def stored(key: str = KEY) -> bytes:
    content: bytes = client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return content


def unfinished() -> int:
    found = client("s3").list_multipart_uploads(Bucket=BUCKET)
    return len(found.get("Uploads", []))


def written(chunks: list[bytes], token: str | None = None) -> Appending:
    """Write a part and save, as a step does."""
    one = Appending.resume(token) if token else Appending.begin(KEY, TYPE)
    for chunk in chunks:
        one.write(chunk)
    return one


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 5 * PART])
def test_an_object_in_one_step(cloud: Cloud, size: int) -> None:
    one = written([b"x"] * size)
    assert one.length == size
    assert cloud.objects() == []
    one.finish()
    assert stored() == b"x" * size
    found = client("s3").head_object(Bucket=BUCKET, Key=KEY)
    assert found["ContentType"] == TYPE
    assert cloud.objects() == [KEY]


@pytest.mark.thorough
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=some.lists(
        some.tuples(
            some.lists(some.binary(max_size=3 * PART), max_size=4),
            some.integers(min_value=0, max_value=2),
        ),
        max_size=5,
    ),
    repeated=some.booleans(),
)
def test_any_steps_each_taken_again_make_the_object(
    cloud: Cloud, steps: list[tuple[list[bytes], int]], repeated: bool
) -> None:
    empty(cloud)
    token = None
    for chunks, deaths in steps:
        for _ in range(deaths):
            written(chunks, token)
        for _ in range(deaths):
            written(chunks, token).save()
        token = written(chunks, token).save()
    assert KEY not in cloud.objects()
    for _ in range(1 + repeated):
        written([b"last"], token).finish()
    assert stored() == b"".join(chunk for chunks, _ in steps for chunk in chunks) + b"last"


def test_what_a_step_knows_of_the_one_before() -> None:
    one = Appending.begin(KEY, TYPE)
    one.note = {"rows": 3, "name": "Größe"}
    one.write(b"abc")
    again = Appending.resume(one.save())
    assert (again.key, again.content_type, again.length) == (KEY, TYPE, 3)
    assert again.note == {"rows": 3, "name": "Größe"}


def test_only_the_present_state_and_the_one_before_are_kept(cloud: Cloud) -> None:
    token = None
    for _ in range(4):
        token = written([b"0123456789"], token).save()
        assert len(cloud.objects(f"{KEY}.steps/")) <= 2
    assert token is not None
    append_object.discard(token)
    append_object.discard(token)
    assert cloud.objects() == []
    assert unfinished() == 0


def test_what_is_finished_stays_when_its_states_go(cloud: Cloud) -> None:
    token = written([b"0123456789"]).save()
    written([b"0123456789"], token).finish()
    append_object.discard(token)
    assert cloud.objects() == [KEY]
    assert stored() == b"01234567890123456789"


def test_one_that_lags_behind_is_told() -> None:
    first = written([b"abc"]).save()
    second = written([b"def"], first).save()
    Appending.resume(second)
    with pytest.raises(bucket.GoneError):
        Appending.resume(first)


def test_one_that_lags_behind_the_end_changes_nothing() -> None:
    token = written([b"0123456789"]).save()
    behind = Appending.resume(token)
    written([b"the end of it"], token).finish()
    for chunk in [b"something else", b"and more of it"]:
        behind.write(chunk)
    behind.finish()
    assert stored() == b"0123456789the end of it"


def test_parts_that_somebody_else_wrote_over_are_noticed() -> None:
    token = written([b"0123456789"]).save()
    ahead = written([b"the second part"], token)
    written([b"something of another length"], token)
    with pytest.raises(multipart_upload.BrokenError):
        ahead.finish()


def test_an_upload_that_was_given_up_is_noticed() -> None:
    token = written([b"0123456789"]).save()
    going_on = Appending.resume(token)
    append_object.discard(token)
    with pytest.raises(multipart_upload.BrokenError):
        going_on.finish()
    with pytest.raises(multipart_upload.BrokenError):
        going_on.write(b"0123456789")


def test_there_is_an_end_to_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(append_object, "MAX_PARTS", 2)
    one = written([b"0123456789", b"0123456789", b"rest"])
    with pytest.raises(TooLargeError):
        one.finish()


def test_how_large_parts_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    sizes = [append_object.part_bytes(n) for n in range(multipart_upload.MAX_PARTS)]
    mebibyte = 1024 * 1024
    assert (sizes[0], sizes[-1]) == (8 * mebibyte, 64 * mebibyte)
    assert sum(sizes) > 300 * 10**9


def test_a_part_is_checked_on_its_way() -> None:
    upload_id = multipart_upload.start(KEY, TYPE, "mark")
    part = multipart_upload.send(KEY, upload_id, 1, b"01234")
    assert part["PartNumber"] == 1
    assert part["ETag"]


def test_other_troubles_are_not_taken_for_an_end() -> None:
    with pytest.raises(ClientError), multipart_upload._ended():
        raise ClientError({"Error": {"Code": "SlowDown"}}, "UploadPart")


def ignoring_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may ignore ranges."""
    get = bucket.client().get_object

    def whole(**given: Any) -> Any:
        given.pop("Range", None)
        return get(**given)

    monkeypatch.setattr(bucket.client(), "get_object", whole)


@pytest.fixture(params=[True, False], ids=["ranges", "no ranges"])
def ranges(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        ignoring_ranges(monkeypatch)


@pytest.mark.usefixtures("ranges")
@pytest.mark.parametrize("offset", [0, 1, 9, 10, 11])
def test_reading_from_somewhere_in_an_object(offset: int) -> None:
    bucket.put(KEY, b"0123456789", TYPE)
    with bucket.read_from(KEY, offset) as stream:
        assert stream.read(2) == b"0123456789"[offset : offset + 2]
        assert stream.read() == b"0123456789"[offset + 2 :]
        assert stream.read(1) == b""


def test_reading_lines() -> None:
    bucket.put(KEY, b"one\ntwo\nthree", TYPE)
    with bucket.read_from(KEY, 4) as stream:
        assert list(stream) == [b"two\n", b"three"]


def test_reading_what_is_not_there() -> None:
    with pytest.raises(bucket.GoneError):
        bucket.read_from(KEY)


def test_reading_a_version_that_is_no_longer_the_present_one() -> None:
    bucket.put(KEY, b"old", TYPE)
    old = bucket.head(KEY, None)
    assert old is not None
    bucket.put(KEY, b"new", TYPE)
    with bucket.read_from(KEY, 0, old.version_id) as stream:
        assert stream.read() == b"old"
