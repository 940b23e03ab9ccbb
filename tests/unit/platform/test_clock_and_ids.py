"""Moments and ids, whose text order is the order of time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform import clock, ids

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = (datetime(9999, 12, 31, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)

moments = st.integers(0, LAST).map(lambda one: EPOCH + timedelta(microseconds=one))
tails = st.text("0123456789abcdef", min_size=18, max_size=18)


def id_at(moment: datetime, tail: str) -> str:
    """Some id that was made at a moment."""
    first = ids.first_id(moment)
    return f"{first}-7{tail[:3]}-8{tail[3:6]}-{tail[6:]}"


@given(moments)
def test_milliseconds_there_and_back(moment: datetime) -> None:
    milliseconds = clock.to_milliseconds(moment)
    back = clock.from_milliseconds(milliseconds)
    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)
    assert clock.to_milliseconds(back) == milliseconds


@given(moments, moments)
def test_timestamps_sort_as_moments(one: datetime, other: datetime) -> None:
    earlier, later = sorted([clock.timestamp(one), clock.timestamp(other)])
    assert len(earlier) == len(later) == len("2026-11-21T08:30:00.123Z")
    if clock.to_milliseconds(one) < clock.to_milliseconds(other):
        assert (earlier, later) == (clock.timestamp(one), clock.timestamp(other))


def test_a_timestamp_is_utc_with_milliseconds() -> None:
    moment = datetime(2026, 11, 21, 9, 30, 0, 123999, timezone(timedelta(hours=1)))
    assert clock.timestamp(moment) == "2026-11-21T08:30:00.123Z"


def test_now_is_cut_to_milliseconds() -> None:
    assert clock.now().microsecond % 1000 == 0
    assert clock.now().tzinfo is UTC


@given(moments, moments, tails)
def test_first_id_divides_what_was_made_before_from_what_was_made_since(
    made: datetime, bound: datetime, tail: str
) -> None:
    since = clock.to_milliseconds(made) >= clock.to_milliseconds(bound)
    assert (id_at(made, tail) >= ids.first_id(bound)) == since


@given(moments, tails)
def test_an_id_carries_its_moment(moment: datetime, tail: str) -> None:
    made = id_at(moment, tail)
    assert ids.is_id(made)
    assert ids.created_on(made) == clock.from_milliseconds(clock.to_milliseconds(moment))


def test_before_time_began() -> None:
    assert ids.first_id(datetime(1, 1, 1, tzinfo=UTC)) == "00000000-0000"


def test_new_ids_are_ordered_and_unlike() -> None:
    made = [ids.new_id() for _ in range(1000)]
    assert made == sorted(made)
    assert len(set(made)) == 1000
    assert all(ids.is_id(one) for one in made)
    assert ids.created_on(made[0]) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "01a1ffdb-af27-7272-b146-7e048da8201",
        "01a1ffdb-af27-7272-b146-7e048da820177",
        "01A1FFDB-AF27-7272-B146-7E048DA82017",
        "01a1ffdbaf277272b1467e048da82017",
        "{01a1ffdb-af27-7272-b146-7e048da82017}",
        "01a1ffdb-af27-7272-b146-7e048da82017\n",
        "01a1ffdb-af27-7272-b146-7e048da8201g",
        "٠1a1ffdb-af27-7272-b146-7e048da82017",
    ],
)
def test_what_is_no_id(text: str) -> None:
    assert not ids.is_id(text)
    assert ids.created_on(text) is None


def test_an_id_of_another_version_carries_no_moment() -> None:
    assert ids.created_on("5301daf9-eaa1-4205-9a8e-7f3df68aed48") is None
