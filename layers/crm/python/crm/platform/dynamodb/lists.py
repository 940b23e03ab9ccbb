"""Lists as an algebra: newest first, merged and intersected without unnecessary reads.

A list is a partition of items, mostly index items, in descending order of their sort keys. The
records that a caller may see, narrowed by filters, are an expression over such lists: a union of
visible lists, intersected with filter lists. Each operand can skip to a sort key, so the cost of
an intersection follows its shortest operand, and the cost of a page follows its size.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from typing import Any, Protocol

from crm.platform.dynamodb.parallel import in_parallel

Item = dict[str, Any]
"""An item of a list; its sort key is `sk`."""

LOWEST, HIGHEST = " ", "~"
COUNT_LIMIT = 1000
READ_LIMIT = 20_000
PAGE_READ_LIMIT = 3000
"""Items read at most for a page without a count; a page that needs more is short."""

FIRST_READ = 25
LARGEST_READ = 4000
"""Items per query at most: they stay below the 1 MB at which DynamoDB ends a query page."""

OPENING = 200
"""Items of an operand in the first read, for a page; twice as many for a count."""

LEAST_OPENING = 50
"""Minimum items in the first read of each partition of an operand."""

GROWTH = 7
"""Factor of the next read to the items passed, as long as nothing has been found."""

MARGIN = 1.25
"""Factor of the items read to the items expected to be enough."""

ENTRIES_PER_LOOKUP = 30
"""Items of a query that cost about as much as one lookup: they fill 4 KB."""

MOST_LOOKUPS = 100
"""Lookups in one list per round trip."""

FEW_LOOKUPS = 40
"""Lookups made without comparing the cost of reading on: they save round trips."""

Fetch = Callable[[str, int], list[Item]]
"""Reads items from a sort key (included) downwards, up to a limit."""

Lookup = Callable[[Sequence[str]], list[Item]]
"""Reads the items that exist with these sort keys."""


PointLookup = Callable[[], None]


class ReadLimitError(Exception):
    """The read budget of a request is used up."""


@dataclass
class ReadBudget:
    """Number of items that a request may still read."""

    left: int = READ_LIMIT

    def ask(self) -> None:
        """Require that another read is allowed.

        Raises:
            ReadLimitError: The budget is used up.
        """
        if self.left <= 0:
            raise ReadLimitError


class EntryList(Protocol):
    """Items in descending order of their sort keys."""

    def peek(self) -> Item | None:
        """Return the remaining item with the highest sort key, None at the end."""

    def seek(self, position: str) -> None:
        """Drop the items above a sort key."""

    def advance(self) -> None:
        """Drop the head."""

    def low_watermark(self) -> str:
        """Return the sort key down to which the list is known: no unread item is above it."""

    def partitions(self) -> Iterable["Partition"]:
        """Return the partitions that the list reads."""

    def unread(self) -> Iterable["Partition"]:
        """Return the partitions that must be read before the head is known."""

    def rest(self) -> set[str] | None:
        """Return the remaining sort keys, if all of them are known."""

    def point_lookups(self, positions: Sequence[str]) -> Sequence["PointLookup"]:
        """Return the steps that find out which of these sort keys the list contains.

        Afterwards no other sort key of the list is used. Each step costs one lookup per sort key;
        the steps can run concurrently.
        """


class Partition:
    """A stored list, read in growing steps.

    Args:
        fetch: reads a range of items of the list.
        lookup: reads single items of it.
        budget: the read budget of the request.
        accept: items that it refuses are skipped.
    """

    def __init__(
        self,
        fetch: Fetch,
        lookup: Lookup,
        budget: ReadBudget,
        accept: Callable[[Item], bool] | None = None,
    ) -> None:
        self._fetch = fetch
        self._lookup = lookup
        self._allowance = budget
        self._accept = accept
        self._entries: list[Item] = []
        self._index = 0
        self._from: str | None = HIGHEST
        self._fetched = 0
        self.step = FIRST_READ

    def peek(self) -> Item | None:
        while self._index >= len(self._entries):
            if self._from is None:
                return None
            self.read()
            self.step = min(self.step * GROWTH, LARGEST_READ)
        return self._entries[self._index]

    def seek(self, position: str) -> None:
        while self._index < len(self._entries) and self._entries[self._index]["sk"] > position:
            self._index += 1
        if self._index >= len(self._entries) and self._from is not None and position < self._from:
            self._from = position

    def advance(self) -> None:
        self._index += 1

    def known_head(self) -> Item | None:
        """Return the head, if it is known without reading."""
        return self._entries[self._index] if self._index < len(self._entries) else None

    def low_watermark(self) -> str:
        if self._index < len(self._entries):
            return str(self._entries[self._index]["sk"])
        return LOWEST if self._from is None else self._from

    def partitions(self) -> Iterable["Partition"]:
        return [self]

    def unread(self) -> Iterable["Partition"]:
        return [self] if self._index >= len(self._entries) and self._from is not None else []

    def rest(self) -> set[str] | None:
        if self._from is not None:
            return None
        return {str(entry["sk"]) for entry in self._entries[self._index :]}

    def point_lookups(self, positions: Sequence[str]) -> Sequence[PointLookup]:
        return [partial(self.point_lookup, positions)] if self._from is not None else []

    def point_lookup(self, positions: Sequence[str]) -> None:
        """Look up the only relevant sort keys, instead of reading on."""
        self._allowance.ask()
        found = {str(entry["sk"]): entry for entry in self._lookup(positions)}
        self._allowance.left -= len(positions)
        self.settle([found[position] for position in positions if position in found])

    def reach(self) -> str:
        """Return the sort key at which the next read begins."""
        return LOWEST if self._from is None else self._from

    def passed(self) -> int:
        """Return the number of items that have been read and passed."""
        return self._fetched - (len(self._entries) - self._index)

    def ahead(self) -> int:
        """Return the number of items that have been read and not yet passed."""
        return len(self._entries) - self._index

    def bound(self, limit: int) -> None:
        """Reduce the budget of the request to at most this number of items."""
        self._allowance.left = min(self._allowance.left, limit)

    def share(self, parties: int) -> None:
        """Bound the next read, so that each of the partitions can read within the budget."""
        self.step = min(self.step, max(FIRST_READ, self._allowance.left // parties))

    def read(self) -> None:
        """Read the next items, within the budget.

        Raises:
            ReadLimitError: The budget is used up.
        """
        self._allowance.ask()
        self.read_unasked()

    def read_unasked(self) -> None:
        """Read the next items; the next step reads the last item of a full step again."""
        if self._from is None:
            return
        entries = self._fetch(self._from, self.step)
        self._allowance.left -= len(entries)
        full = len(entries) == self.step
        self._from = str(entries[-1]["sk"]) if full else None
        kept = entries[:-1] if full else entries
        self._fetched += len(kept)
        self._entries = [*self._entries[self._index :], *self._accepted(kept)]
        self._index = 0

    def settle(self, entries: Sequence[Item]) -> None:
        """Set the content of the list to these items, in descending order, and stop reading."""
        self._entries, self._index, self._from = self._accepted(entries), 0, None

    def _accepted(self, entries: Sequence[Item]) -> list[Item]:
        return [one for one in entries if self._accept is None or self._accept(one)]


def known(entries: Iterable[Item]) -> Partition:
    """Return a list of items that have been read, in any order."""
    listed = Partition(lambda _position, _limit: [], lambda _positions: [], ReadBudget())
    listed.settle(sorted(entries, key=lambda entry: str(entry["sk"]), reverse=True))
    return listed


class Search:
    """Base of lists whose results may be rare in their operands: it chooses how much to read."""

    wanted = 0
    found = 0

    def open(self, wanted: int) -> None:
        """Set the number of wanted items, before the first read."""
        self.wanted = wanted

    def read_on(self, unread: Collection[Partition], others: Iterable[Partition]) -> None:
        """Read as much as is expected to suffice for the items that are still wanted.

        The share of results in the items passed so far gives the estimate. Partitions that would
        be unread long before that are read too, to save round trips.

        Args:
            unread: partitions that must be read.
            others: partitions that must be read later.
        """
        missing = max(self.wanted - self.found, 1)
        times = missing / self.found * MARGIN if self.found else GROWTH
        reading = []
        for leaf in {*unread, *(one for one in others if one.reach() != LOWEST)}:
            needed = ceil(leaf.passed() * times) - leaf.ahead()
            if leaf in unread or needed > 0:
                leaf.step = min(max(needed, LEAST_OPENING), LARGEST_READ)
                reading.append(leaf)
        for leaf in reading:
            leaf.share(len(reading))
        in_parallel(Partition.read, reading)


class Union(Search):
    """Union of lists, without duplicates.

    Args:
        members: the lists.
        lookup: reads, for all of them, the items of some sort keys that at least one contains.
    """

    def __init__(self, members: Sequence[EntryList], lookup: Lookup | None = None) -> None:
        self._members = members
        self._lookup = lookup

    def open(self, wanted: int) -> None:
        super().open(wanted)
        for leaf in self.partitions():
            leaf.step = wanted + 1

    def peek(self) -> Item | None:
        while unread := list(self.unread()):
            self.read_on(unread, self.partitions())
        heads = [head for one in self._members if (head := one.peek()) is not None]
        return max(heads, key=lambda entry: str(entry["sk"]), default=None)

    def seek(self, position: str) -> None:
        for one in self._members:
            one.seek(position)

    def advance(self) -> None:
        head = self.peek()
        self.found += 1
        for one in self._members:
            own = one.peek()
            if head is not None and own is not None and own["sk"] == head["sk"]:
                one.advance()

    def low_watermark(self) -> str:
        return max((one.low_watermark() for one in self._members), default=LOWEST)

    def partitions(self) -> Iterable[Partition]:
        return [leaf for one in self._members for leaf in one.partitions()]

    def unread(self) -> Iterable[Partition]:
        return [leaf for one in self._members for leaf in one.unread()]

    def rest(self) -> set[str] | None:
        rests = [one.rest() for one in self._members]
        known = [rest for rest in rests if rest is not None]
        return set().union(*known) if len(known) == len(rests) else None

    def point_lookups(self, positions: Sequence[str]) -> Sequence[PointLookup]:
        if self._lookup is not None:
            return [partial(self._point_lookup, self._lookup, positions)]
        return [step for one in self._members for step in one.point_lookups(positions)]

    def _point_lookup(self, lookup: Lookup, positions: Sequence[str]) -> None:
        self._members = [known(lookup(positions))]


class Intersection(Search):
    """Intersection of lists."""

    def __init__(self, members: Sequence[EntryList]) -> None:
        self._members = members

    def open(self, wanted: int) -> None:
        super().open(wanted)
        for one in self._members:
            _open_operand(list(one.partitions()), wanted)

    def peek(self) -> Item | None:
        while self._read():
            heads = [one.peek() for one in self._members]
            positions = [str(head["sk"]) for head in heads if head is not None]
            if len(positions) < len(heads) or not heads:
                return None
            lowest = min(positions)
            if lowest == max(positions):
                return _merged(heads)
            for one in self._members:
                one.seek(lowest)
        return None

    def seek(self, position: str) -> None:
        for one in self._members:
            one.seek(position)

    def advance(self) -> None:
        self.found += 1
        for one in self._members:
            one.advance()

    def low_watermark(self) -> str:
        return min((one.low_watermark() for one in self._members), default=LOWEST)

    def partitions(self) -> Iterable[Partition]:
        return [leaf for one in self._members for leaf in one.partitions()]

    def unread(self) -> Iterable[Partition]:
        return [leaf for one in self._members for leaf in one.unread()]

    def rest(self) -> set[str] | None:
        return None

    def point_lookups(self, positions: Sequence[str]) -> Sequence[PointLookup]:
        return [step for one in self._members for step in one.point_lookups(positions)]

    def _read(self) -> bool:
        """Read, concurrently, all partitions that the head depends on; False if there is no head.

        Once one operand is known to its end and is short, the others are no longer read
        sequentially: its few sort keys are looked up in them.
        """
        while unread := list(self.unread()):
            rests = [rest for one in self._members if (rest := one.rest()) is not None]
            fewest = min(rests, key=len, default=None)
            if fewest is not None and not fewest:
                return False
            if fewest is None or not self._has_looked_up(fewest, unread):
                self.read_on(unread, self._others())
        return True

    def _has_looked_up(self, fewest: Collection[str], unread: Sequence[Partition]) -> bool:
        """Look these sort keys up if that is cheaper than reading on; return whether it was."""
        if len(fewest) > MOST_LOOKUPS:
            return False
        positions = sorted(fewest, reverse=True)
        unknown = [one for one in self._members if one.rest() is None]
        steps = [step for one in unknown for step in one.point_lookups(positions)]
        reading = sum(max(leaf.passed(), LEAST_OPENING) * GROWTH for leaf in unread)
        lookups = len(steps) * len(positions)
        if lookups > max(reading / ENTRIES_PER_LOOKUP, FEW_LOOKUPS):
            return False
        in_parallel(_do, steps)
        return True

    def _others(self) -> Iterable[Partition]:
        """Return the partitions that would be read in sequence unless they are read together."""
        return [
            leaf for one in self._members if not isinstance(one, Race) for leaf in one.partitions()
        ]


class Succession(Search):
    """Two lists in succession; the lower one is read in depth only after the end of the upper one.

    Args:
        upper: the list whose sort keys are all above those of the other.
        lower: the other list.
    """

    def __init__(self, upper: Union, lower: Union) -> None:
        self._upper, self._lower = upper, lower

    def open(self, wanted: int) -> None:
        super().open(wanted)
        self._upper.open(wanted)
        self._lower.open(min(wanted, 2 * OPENING))
        self._lower.wanted = wanted

    def peek(self) -> Item | None:
        return self._upper.peek() or self._lower.peek()

    def seek(self, position: str) -> None:
        self._upper.seek(position)
        self._lower.seek(position)

    def advance(self) -> None:
        (self._upper if self._upper.peek() else self._lower).advance()

    def low_watermark(self) -> str:
        reached = self._upper.low_watermark()
        return self._lower.low_watermark() if reached == LOWEST else reached

    def partitions(self) -> Iterable[Partition]:
        return [*self._upper.partitions(), *self._lower.partitions()]

    def unread(self) -> Iterable[Partition]:
        if self._upper.rest() != set():
            return self._upper.unread()
        return self._lower.unread()

    def rest(self) -> set[str] | None:
        upper, lower = self._upper.rest(), self._lower.rest()
        return None if upper is None or lower is None else upper | lower

    def point_lookups(self, positions: Sequence[str]) -> Sequence[PointLookup]:
        return [*self._upper.point_lookups(positions), *self._lower.point_lookups(positions)]


class Race(Search):
    """The same items, contained in several lists among others; the fastest list provides them.

    Each list accepts exactly these items. After the first read, the list that has advanced
    furthest is read on, and others only if far less of them has been read: so the cost follows
    the shortest list.
    """

    def __init__(self, members: Sequence[Partition]) -> None:
        self._members = members
        self._dropped: str | None = None

    def open(self, wanted: int) -> None:
        super().open(wanted)
        for one in self._members:
            _open_operand([one], wanted)

    def peek(self) -> Item | None:
        while (head := self._known_head()) is None:
            if not (unread := self.unread()):
                return None
            self.read_on(unread, [])
        return head

    def seek(self, position: str) -> None:
        for one in self._members:
            one.seek(position)

    def advance(self) -> None:
        head = self.peek()
        if head is not None:
            self.found += 1
            self._dropped = str(head["sk"])
            self.seek(self._dropped)

    def low_watermark(self) -> str:
        head = self._known_head()
        return str(head["sk"]) if head else min(one.low_watermark() for one in self._members)

    def partitions(self) -> Iterable[Partition]:
        return self._members

    def unread(self) -> Sequence[Partition]:
        if self._known_head() or any(one.reach() == LOWEST for one in self._members):
            return []
        best = min(self._members, key=Partition.reach)
        far_behind = best.passed() // GROWTH
        return [one for one in self._members if one is best or one.passed() < far_behind]

    def rest(self) -> set[str] | None:
        rests = [rest for one in self._members if (rest := one.rest()) is not None]
        return {one for one in min(rests, key=len) if not self._has_passed(one)} if rests else None

    def point_lookups(self, positions: Sequence[str]) -> Sequence[PointLookup]:
        """Return the steps of one list: each list contains all the items."""
        return self._members[0].point_lookups(positions)

    def _known_head(self) -> Item | None:
        heads: list[Item] = []
        for one in self._members:
            while (head := one.known_head()) is not None and self._has_passed(str(head["sk"])):
                one.advance()
            heads += [head] if head is not None else []
        return max(heads, key=lambda entry: str(entry["sk"]), default=None)

    def _has_passed(self, position: str) -> bool:
        return self._dropped is not None and position >= self._dropped


def _open_operand(leaves: Sequence[Partition], wanted: int) -> None:
    """Choose the first step of each partition of an operand of an intersection."""
    opening = OPENING if wanted <= COUNT_LIMIT else 2 * OPENING
    for leaf in leaves:
        leaf.step = max(LEAST_OPENING, opening // len(leaves))


def _merged(heads: Iterable[Item | None]) -> Item:
    """Merge the attributes of several index items of one record."""
    return {name: value for head in heads if head for name, value in head.items()}


def _do(step: PointLookup) -> None:
    step()


@dataclass(frozen=True)
class Slice:
    """A page of a list.

    Attributes:
        entries: the items of the page.
        next_position: sort key at which the next page begins, included; None at the end.
        count: number of items in the whole list, at most `COUNT_LIMIT`; None if not requested.
        count_exact: whether the count covers the whole list.
    """

    entries: list[Item] = field(default_factory=list)
    next_position: str | None = None
    count: int | None = None
    count_exact: bool = True

    def half(self) -> "Slice":
        """Return the first half of a page of several items; the next page begins with the rest."""
        kept = len(self.entries) // 2
        return replace(
            self, entries=self.entries[:kept], next_position=str(self.entries[kept]["sk"])
        )


def take(
    entries: EntryList,
    limit: int,
    *,
    offset: int = 0,
    start: str | None = None,
    count: bool = False,
) -> Slice:
    """Read one page.

    Args:
        entries: the list.
        limit: maximum number of items.
        offset: number of items to skip first.
        start: sort key at which the page begins, included.
        count: also count, up to `COUNT_LIMIT`.

    A request that would read more than `READ_LIMIT` items gets a short page with a
    `next_position`, and a count that is not exact.
    """
    if start is not None:
        _begin_at(entries, start, None if count else PAGE_READ_LIMIT)
    wanted = offset + limit + 1
    read_first(entries, max(wanted, COUNT_LIMIT + 1) if count else wanted)
    page: list[Item] = []
    seen, next_position, exact = 0, None, True
    enough = max(wanted, COUNT_LIMIT + 1) if count else wanted
    try:
        for entry in _walk(entries):
            seen += 1
            if offset < seen < wanted:
                page.append(entry)
            elif seen == wanted:
                next_position = str(entry["sk"])
            if seen == enough:
                break
    except ReadLimitError:
        exact = False
        if next_position is None:
            next_position = entries.low_watermark()
    return Slice(
        page,
        next_position,
        min(seen, COUNT_LIMIT) if count else None,
        exact and seen <= COUNT_LIMIT,
    )


def _begin_at(entries: EntryList, start: str, limit: int | None) -> None:
    """Skip the items above a sort key, and limit the number of items read below it."""
    entries.seek(start)
    if limit is not None:
        for leaf in entries.partitions():
            leaf.bound(limit)


def read_first(entries: EntryList, wanted: int) -> None:
    """Make the first reads of all partitions concurrently.

    A plain list or a union needs at most `wanted` items of each partition; for the operands of
    an intersection the number is unknown, so its reads begin small and adapt to the results. Each
    partition gets its first read, however many there are: so every page makes progress.
    """
    leaves = list(entries.partitions())
    if isinstance(entries, Search):
        entries.open(wanted)
    else:
        for leaf in leaves:
            leaf.step = wanted + 1
    for leaf in leaves:
        leaf.share(len(leaves))
    if len(leaves) == 1:
        leaves[0].read_unasked()
    else:
        in_parallel(Partition.read_unasked, leaves)


def _walk(entries: EntryList) -> Iterator[Item]:
    while (entry := entries.peek()) is not None:
        yield entry
        entries.advance()
