"""The algebra of lists, against plain sets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform.dynamodb.lists import (
    COUNT_LIMIT,
    OPENING,
    PAGE_READ_LIMIT,
    READ_LIMIT,
    EntryList,
    Intersection,
    Partition,
    ReadBudget,
    Slice,
    Succession,
    Union,
    known,
    take,
)


def position(number: int) -> str:
    return f"{number:06d}"


@dataclass
class Stored:
    """A stored list: numbers, the highest first."""

    numbers: set[int]
    reads: list[int] = field(default_factory=list)

    def fetch(self, start: str, limit: int) -> list[dict[str, Any]]:
        below = sorted((position(one) for one in self.numbers), reverse=True)
        found = [{"sk": one} for one in below if one <= start][:limit]
        self.reads.append(len(found))
        return found

    def lookup(self, positions: Sequence[str]) -> list[dict[str, Any]]:
        self.reads.append(len(positions))
        return [{"sk": one} for one in positions if int(one) in self.numbers]


@dataclass
class Expression:
    """A union or an intersection of stored lists and other expressions."""

    kind: type[Union] | type[Intersection]
    operands: list["Expression | Stored"]

    @property
    def numbers(self) -> set[int]:
        sets = [one.numbers for one in self.operands]
        return set.union(*sets) if self.kind is Union else set.intersection(*sets)


def built(expression: Expression | Stored, budget: ReadBudget | None = None) -> EntryList:
    shared = budget or ReadBudget()
    if isinstance(expression, Stored):
        return Partition(expression.fetch, expression.lookup, shared)
    return expression.kind([built(one, shared) for one in expression.operands])


def leaves(expression: Expression | Stored) -> Iterator[Stored]:
    if isinstance(expression, Stored):
        yield expression
    else:
        for one in expression.operands:
            yield from leaves(one)


def numbers_of(page: Slice) -> list[int]:
    return [int(entry["sk"]) for entry in page.entries]


def in_order(numbers: set[int]) -> list[int]:
    return sorted(numbers, reverse=True)


stored = st.builds(
    lambda start, length, step, more: Stored({*range(start, start + length, step), *more}),
    st.integers(0, 300),
    st.integers(0, 300),
    st.integers(1, 7),
    st.sets(st.integers(0, 600), max_size=5),
)
expressions = st.recursive(
    stored,
    lambda inner: st.builds(
        Expression,
        st.sampled_from([Union, Intersection]),
        st.lists(inner, min_size=1, max_size=4),
    ),
    max_leaves=8,
)
searches = st.builds(
    Expression,
    st.just(Intersection),
    st.lists(
        st.builds(Expression, st.just(Union), st.lists(stored, min_size=1, max_size=4)),
        min_size=1,
        max_size=4,
    ),
)
"""The shape of a search: a union of the visible lists, and one for each filter."""

limits = st.integers(1, 100)


@given(expressions, limits, st.integers(0, 300))
def test_a_page_is_a_stretch_of_the_sorted_set(
    expression: Expression | Stored, limit: int, offset: int
) -> None:
    everything = in_order(expression.numbers)
    page = take(built(expression), limit, offset=offset)
    following = everything[offset + limit : offset + limit + 1]
    assert numbers_of(page) == everything[offset : offset + limit]
    assert page.next_position == (position(following[0]) if following else None)
    assert (page.count, page.count_exact) == (None, True)


@given(expressions, limits, st.integers(0, 50))
def test_walking_meets_each_once_while_newer_ones_come(
    expression: Expression | Stored, limit: int, newer: int
) -> None:
    expected = in_order(expression.numbers)
    stores = list(leaves(expression))
    seen: list[int] = []
    page = take(built(expression), limit)
    while True:
        seen += numbers_of(page)
        if page.next_position is None:
            break
        for store in stores:
            store.numbers.update(range(1000 + len(seen), 1000 + len(seen) + newer))
        page = take(built(expression), limit, start=page.next_position)
    assert seen == expected


@given(expressions, limits, st.integers(0, 1000))
def test_the_count_is_of_the_whole_list(
    expression: Expression | Stored, limit: int, offset: int
) -> None:
    page = take(built(expression), limit, offset=offset, count=True)
    everything = in_order(expression.numbers)
    assert (page.count, page.count_exact) == (len(everything), True)
    assert numbers_of(page) == everything[offset : offset + limit]


@pytest.mark.parametrize(
    ("length", "count", "exact"),
    [(0, 0, True), (999, 999, True), (1000, 1000, True), (1001, 1000, False), (3000, 1000, False)],
)
@pytest.mark.parametrize("kind", [Union, Intersection])
def test_the_count_is_exact_up_to_a_thousand(
    kind: type[Union], length: int, count: int, exact: bool
) -> None:
    halves = Stored(set(range(length))), Stored(set(range(0, length, 2)))
    whole: EntryList = built(Expression(kind, [halves[0], halves[kind is Union]]))
    page = take(whole, 100, offset=1000, count=True)
    assert (page.count, page.count_exact) == (count, exact)
    assert numbers_of(page) == in_order(halves[0].numbers)[1000:1100]


@given(searches, limits, st.integers(0, 60))
def test_a_small_allowance_gives_short_pages_and_loses_nothing(
    expression: Expression, limit: int, budget: int
) -> None:
    expected = in_order(expression.numbers)
    seen: list[int] = []
    start: str | None = None
    while True:
        page = take(built(expression, ReadBudget(budget)), limit, start=start)
        seen += numbers_of(page)
        if page.next_position is None:
            break
        assert start is None or page.next_position < start
        start = page.next_position
    assert seen == expected


def test_beyond_the_read_limit_the_count_is_not_exact() -> None:
    """Two long lists with nothing in common, which no request may read to their ends."""
    even, odd = Stored(set(range(0, 50_000, 2))), Stored(set(range(1, 50_000, 2)))
    budget = ReadBudget()
    page = take(built(Expression(Intersection, [even, odd]), budget), 10, count=True)
    assert (page.entries, page.count, page.count_exact) == ([], 0, False)
    assert page.next_position is not None
    assert sum(even.reads + odd.reads) < READ_LIMIT + 2 * COUNT_LIMIT


def test_the_first_page_of_very_many_long_lists() -> None:
    """Somebody in forty teams, each with more than a page can read."""
    teams: list[Expression | Stored] = [Stored(set(range(n, 60_000, 40))) for n in range(40)]
    page = take(built(Expression(Union, teams)), 100, count=True)
    assert numbers_of(page) == list(range(59_999, 59_899, -1))
    assert page.count_exact is False


@given(stored, st.lists(st.integers(0, 650), max_size=6))
def test_skipping_goes_down_and_never_back(store: Stored, targets: list[int]) -> None:
    entries, left = built(store), in_order(store.numbers)
    for target in targets:
        entries.seek(position(target))
        left = [one for one in left if one <= target]
        head = entries.peek()
        assert (int(head["sk"]) if head else None) == (left[0] if left else None)
        if head:
            entries.advance()
            left = left[1:]


@given(stored, st.integers(1, 5), limits)
def test_what_is_not_accepted_is_passed_over(store: Stored, step: int, limit: int) -> None:
    entries = Partition(
        store.fetch, store.lookup, ReadBudget(), lambda one: int(one["sk"]) % step == 0
    )
    accepted = [one for one in in_order(store.numbers) if one % step == 0]
    assert numbers_of(take(entries, limit)) == accepted[:limit]


def test_an_intersection_costs_what_its_shortest_operand_holds() -> None:
    long, short = Stored(set(range(20_000))), Stored({5, 10_000})
    page = take(built(Expression(Intersection, [long, short])), 10, count=True)
    assert numbers_of(page) == [10_000, 5]
    assert long.reads == [2 * OPENING, 2]


def test_a_page_costs_what_it_holds() -> None:
    store = Stored(set(range(20_000)))
    take(built(store), 10)
    assert store.reads == [12]


def test_nothing_at_all() -> None:
    for kind in (Union, Intersection):
        assert take(kind([]), 10, count=True) == Slice([], None, 0, True)


def test_few_positions_are_looked_up_where_reading_in_passing_would_cost_more() -> None:
    few = Stored({100, 40_000, 90_000})
    many = Stored(set(range(100_000)))
    page = take(built(Expression(Intersection, [few, many])), 10, count=True)
    assert numbers_of(page) == [90_000, 40_000, 100]
    assert (page.count, page.count_exact) == (3, True)
    assert many.reads == [2 * OPENING, 3]


def test_what_is_not_accepted_is_passed_over_where_it_is_looked_up() -> None:
    few, many = Stored({100, 40_001, 90_000}), Stored(set(range(100_000)))
    even = Partition(many.fetch, many.lookup, ReadBudget(), lambda entry: int(entry["sk"]) % 2 == 0)
    page = take(Intersection([built(few), even]), 10, count=True)
    assert numbers_of(page) == [90_000, 100]
    assert page.count == 2
    assert many.reads == [2 * OPENING, 3]


def test_a_page_of_an_intersection_waits_for_two_reads_at_most() -> None:
    """Every tenth of a long list is in the other: what the first read has found tells the rest."""
    long, other = Stored(set(range(20_000))), Stored(set(range(0, 20_000, 10)))
    page = take(built(Expression(Intersection, [long, other])), 100, start=position(19_999))
    assert numbers_of(page) == list(range(19_990, 18_990, -10))
    assert len(long.reads) == 2
    assert len(other.reads) == 1


def test_partitions_that_will_be_starving_are_read_together() -> None:
    teams = [Stored(set(range(n, 20_000, 4))) for n in range(4)]
    filtered = Stored(set(range(0, 20_000, 5)))
    whole = Expression(Intersection, [Expression(Union, list(teams)), filtered])
    page = take(built(whole), 100, start=position(19_999))
    assert numbers_of(page) == list(range(19_995, 19_495, -5))
    assert [len(one.reads) for one in teams] == [2] * 4


def test_a_page_that_nothing_is_counted_on_reads_little() -> None:
    even, odd = Stored(set(range(0, 50_000, 2))), Stored(set(range(1, 50_000, 2)))
    page = take(built(Expression(Intersection, [even, odd])), 10, start=position(49_999))
    assert page.entries == []
    assert page.next_position is not None
    assert sum(even.reads + odd.reads) <= 2 * PAGE_READ_LIMIT


@pytest.mark.parametrize("count", [True, False])
def test_a_union_that_is_told_of_as_a_whole_is_not_looked_up_list_by_list(count: bool) -> None:
    few, teams = Stored({7, 9_000}), [Stored(set(range(n, 30_000, 3))) for n in range(3)]
    asked: list[Sequence[str]] = []

    def lookup(positions: Sequence[str]) -> list[dict[str, Any]]:
        asked.append(positions)
        return [{"sk": one} for one in positions if one == position(7)]

    whole = Intersection([built(few), Union([built(one) for one in teams], lookup)])
    assert numbers_of(take(whole, 10, count=count)) == [7]
    assert asked == [[position(9_000), position(7)]]
    assert all(len(one.reads) == 1 for one in teams)


@given(stored, stored, limits, st.integers(0, 1400))
def test_a_succession_is_one_list_and_then_the_other(
    upper: Stored, lower: Stored, limit: int, start: int
) -> None:
    above = Stored({one + 700 for one in upper.numbers})
    expected = [one for one in in_order(above.numbers | lower.numbers) if one <= start]
    met: list[int] = []
    following: str | None = position(start)
    while following is not None:
        lists = Succession(Union([built(above)]), Union([built(lower)]))
        page = take(lists, limit, start=following, count=True)
        assert page.count == len(expected) - len(met)
        met += numbers_of(page)
        following = page.next_position
    assert met == expected


def test_the_lower_of_a_succession_is_hardly_read_before_the_upper_ends() -> None:
    upper, lower = Stored(set(range(5_000, 20_000))), Stored(set(range(5_000)))
    take(Succession(Union([built(upper)]), Union([built(lower)])), 10, count=True)
    assert (len(upper.reads), lower.reads) == (1, [2 * OPENING + 1])


def test_what_is_known_is_not_read() -> None:
    listed = known({"sk": position(one)} for one in (3, 9, 5))
    assert numbers_of(take(listed, 10, count=True)) == [9, 5, 3]
