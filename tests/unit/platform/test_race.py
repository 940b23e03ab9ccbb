"""Several lists that hold the same entries among others: what they tell, and what it costs."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from crm.platform.dynamodb.lists import OPENING, Partition, Race, ReadBudget, take


class Stored:
    """A stored list of numbers that counts what is read of it."""

    def __init__(self, numbers: set[int]) -> None:
        self.positions = sorted((f"{one:06d}" for one in numbers), reverse=True)
        self.read = 0

    def fetch(self, start: str, limit: int) -> list[dict[str, Any]]:
        found = [{"sk": one} for one in self.positions if one <= start][:limit]
        self.read += len(found)
        return found

    def lookup(self, positions: Sequence[str]) -> list[dict[str, Any]]:
        self.read += len(positions)
        return [{"sk": one} for one in positions if one in self.positions]


def race(stored: list[Stored], hits: set[int]) -> Race:
    budget = ReadBudget()
    wanted = {f"{one:06d}" for one in hits}
    return Race(
        [
            Partition(one.fetch, one.lookup, budget, lambda entry: entry["sk"] in wanted)
            for one in stored
        ]
    )


NUMBERS = st.sets(st.integers(0, 500), max_size=200)


@given(
    NUMBERS,
    st.lists(NUMBERS, min_size=1, max_size=4),
    st.integers(1, 30),
    st.integers(0, 600),
)
def test_a_walk_meets_each_hit_once(
    hits: set[int], others: list[set[int]], limit: int, start: int
) -> None:
    stored = [hits | other for other in others]
    expected = sorted((one for one in hits if one <= start), reverse=True)
    met: list[int] = []
    following: str | None = f"{start:06d}"
    while following is not None:
        page = take(race([Stored(one) for one in stored], hits), limit, start=following, count=True)
        assert page.count == len(expected) - len(met)
        met += [int(entry["sk"]) for entry in page.entries]
        following = page.next_position
    assert met == expected


def test_it_costs_by_the_shortest() -> None:
    short, long = Stored(set(range(0, 10_000, 500))), Stored(set(range(10_000)))
    page = take(race([long, short], {500}), 10, count=True)
    assert (len(page.entries), page.count, page.count_exact) == (1, 1, True)
    assert short.read == 20
    assert long.read <= 2 * OPENING
