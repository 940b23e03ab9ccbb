"""Lists as an algebra: newest first, merged and intersected without reading what is not needed.

A list is a partition of entries in the order of their positions. What a caller may see, narrowed by
filters, is an expression over such lists: a union of what is theirs, an intersection with what
they ask for. Each operand can skip to a position, so an intersection costs about what its
shortest operand holds, and a page costs what the page holds. Positions run downwards.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from typing import Any, Protocol

from crm.platform.dynamodb.parallel import in_parallel

Item = dict[str, Any]
"""An entry; its position is `sk`."""

LOWEST, HIGHEST = " ", "~"
COUNT_LIMIT = 1000
READ_LIMIT = 20_000
PAGE_READ_LIMIT = 3000
"""How many entries are read for a page that nothing is counted on: past that, it is short."""

FIRST_READ = 25
LARGEST_READ = 4000
"""So many entries are less than the megabyte at which DynamoDB ends the page of a query."""

OPENING = 200
"""How many entries of an operand are read first, for a page; where it is counted, twice that."""

LEAST_OPENING = 50
"""How many at least of each of an operand's partitions, however many it has."""

GROWTH = 7
"""How many times what has been passed is read next where nothing has been found yet."""

MARGIN = 1.25
"""How much more is read than what is expected to be enough."""

ENTRIES_PER_LOOKUP = 30
"""Looking up one entry costs about as much as reading so many in a row: 4 KB of them."""

MOST_LOOKUPS = 100
"""So many of one list are made in one round trip."""

FEW_LOOKUPS = 40
"""So many are made without asking whether it is cheaper to read on: they save round trips."""

Fetch = Callable[[str, int], list[Item]]
"""Reads entries from a position (included) downwards, so many at most."""

Lookup = Callable[[Sequence[str]], list[Item]]
"""Reads the entries that exist at these positions."""


Narrowing = Callable[[], None]


class ReadLimitError(Exception):
    """A request has read as many entries as one request may."""


@dataclass
class Allowance:
    """How many entries one request may still read."""

    left: int = READ_LIMIT

    def ask(self) -> None:
        """Ask for one more read.

        Raises:
            ReadLimitError: the request has read enough.
        """
        if self.left <= 0:
            raise ReadLimitError


class EntryList(Protocol):
    """Entries in falling order of their positions."""

    def head(self) -> Item | None:
        """The entry with the highest position left, None at the end."""

    def skip_to(self, position: str) -> None:
        """Drop the entries above a position."""

    def advance(self) -> None:
        """Drop the head."""

    def frontier(self) -> str:
        """The position down to which all is known: nothing above it is still to come."""

    def partitions(self) -> Iterable["Partition"]:
        """The partitions that it reads."""

    def starving(self) -> Iterable["Partition"]:
        """Those of its partitions that have to be read before the head is known."""

    def rest(self) -> set[str] | None:
        """The positions left, if they are all known."""

    def narrowings(self, positions: Sequence[str]) -> Sequence["Narrowing"]:
        """What has to be done so that it is known which of these positions it holds.

        Nothing else of it is asked for afterwards. Each costs a lookup for each position; they
        can be done at the same time.
        """


class Partition:
    """One stored list, read in growing steps.

    Args:
        fetch: reads entries of the list.
        lookup: reads single entries of it.
        allowance: the request's own.
        accept: entries that it refuses are passed over.
    """

    def __init__(
        self,
        fetch: Fetch,
        lookup: Lookup,
        allowance: Allowance,
        accept: Callable[[Item], bool] | None = None,
    ) -> None:
        self._fetch = fetch
        self._lookup = lookup
        self._allowance = allowance
        self._accept = accept
        self._entries: list[Item] = []
        self._index = 0
        self._from: str | None = HIGHEST
        self._fetched = 0
        self.step = FIRST_READ

    def head(self) -> Item | None:
        while self._index >= len(self._entries):
            if self._from is None:
                return None
            self.read()
            self.step = min(self.step * GROWTH, LARGEST_READ)
        return self._entries[self._index]

    def skip_to(self, position: str) -> None:
        while self._index < len(self._entries) and self._entries[self._index]["sk"] > position:
            self._index += 1
        if self._index >= len(self._entries) and self._from is not None and position < self._from:
            self._from = position

    def advance(self) -> None:
        self._index += 1

    def known_head(self) -> Item | None:
        """The head, if it is known without reading."""
        return self._entries[self._index] if self._index < len(self._entries) else None

    def frontier(self) -> str:
        if self._index < len(self._entries):
            return str(self._entries[self._index]["sk"])
        return LOWEST if self._from is None else self._from

    def partitions(self) -> Iterable["Partition"]:
        return [self]

    def starving(self) -> Iterable["Partition"]:
        return [self] if self._index >= len(self._entries) and self._from is not None else []

    def rest(self) -> set[str] | None:
        if self._from is not None:
            return None
        return {str(entry["sk"]) for entry in self._entries[self._index :]}

    def narrowings(self, positions: Sequence[str]) -> Sequence[Narrowing]:
        return [partial(self.narrow, positions)] if self._from is not None else []

    def narrow(self, positions: Sequence[str]) -> None:
        """Look up the only positions that still matter, instead of reading on."""
        self._allowance.ask()
        found = {str(entry["sk"]): entry for entry in self._lookup(positions)}
        self._allowance.left -= len(positions)
        self.settle([found[position] for position in positions if position in found])

    def reach(self) -> str:
        """The position from which it would read on."""
        return LOWEST if self._from is None else self._from

    def passed(self) -> int:
        """How many entries have been read and left behind."""
        return self._fetched - (len(self._entries) - self._index)

    def ahead(self) -> int:
        """How many entries are known and not yet passed."""
        return len(self._entries) - self._index

    def bound(self, limit: int) -> None:
        """Let the request read no more than so many entries from now on."""
        self._allowance.left = min(self._allowance.left, limit)

    def share(self, parties: int) -> None:
        """Bound the next read, so that so many partitions have one within the allowance."""
        self.step = min(self.step, max(FIRST_READ, self._allowance.left // parties))

    def read(self) -> None:
        """Read the next entries, if the request may still read.

        Raises:
            ReadLimitError: it may not.
        """
        self._allowance.ask()
        self.read_unasked()

    def read_unasked(self) -> None:
        """Read the next entries; the last of a full step is read again as the next one's first."""
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
        """Hold these, from the highest down, and nothing else."""
        self._entries, self._index, self._from = self._accepted(entries), 0, None

    def _accepted(self, entries: Sequence[Item]) -> list[Item]:
        return [one for one in entries if self._accept is None or self._accept(one)]


def known(entries: Iterable[Item]) -> Partition:
    """A list of entries that have been read, in whatever order."""
    listed = Partition(lambda _position, _limit: [], lambda _positions: [], Allowance())
    listed.settle(sorted(entries, key=lambda entry: str(entry["sk"]), reverse=True))
    return listed


class Search:
    """What is gone through for something that may be rare in it: how far, and what for."""

    wanted = 0
    found = 0

    def open(self, wanted: int) -> None:
        """Say how many entries will be asked for, before anything is read."""
        self.wanted = wanted

    def read_on(self, starving: Collection[Partition], others: Iterable[Partition]) -> None:
        """Read what is expected to be enough for the entries that are still wanted.

        What has been found so far tells how much there is to go through for the rest. What will
        be starving long before that is read too, so that there are few round trips.

        Args:
            starving: has to be read.
            others: will have to be, later.
        """
        missing = max(self.wanted - self.found, 1)
        times = missing / self.found * MARGIN if self.found else GROWTH
        reading = []
        for leaf in {*starving, *(one for one in others if one.reach() != LOWEST)}:
            needed = ceil(leaf.passed() * times) - leaf.ahead()
            if leaf in starving or needed > 0:
                leaf.step = min(max(needed, LEAST_OPENING), LARGEST_READ)
                reading.append(leaf)
        for leaf in reading:
            leaf.share(len(reading))
        in_parallel(Partition.read, reading)


class Union(Search):
    """Everything that at least one of the lists holds, once.

    Args:
        members: the lists.
        lookup: tells for all of them which of some positions are in one at least.
    """

    def __init__(self, members: Sequence[EntryList], lookup: Lookup | None = None) -> None:
        self._members = members
        self._lookup = lookup

    def open(self, wanted: int) -> None:
        super().open(wanted)
        for leaf in self.partitions():
            leaf.step = wanted + 1

    def head(self) -> Item | None:
        while starving := list(self.starving()):
            self.read_on(starving, self.partitions())
        heads = [head for one in self._members if (head := one.head()) is not None]
        return max(heads, key=lambda entry: str(entry["sk"]), default=None)

    def skip_to(self, position: str) -> None:
        for one in self._members:
            one.skip_to(position)

    def advance(self) -> None:
        head = self.head()
        self.found += 1
        for one in self._members:
            own = one.head()
            if head is not None and own is not None and own["sk"] == head["sk"]:
                one.advance()

    def frontier(self) -> str:
        return max((one.frontier() for one in self._members), default=LOWEST)

    def partitions(self) -> Iterable[Partition]:
        return [leaf for one in self._members for leaf in one.partitions()]

    def starving(self) -> Iterable[Partition]:
        return [leaf for one in self._members for leaf in one.starving()]

    def rest(self) -> set[str] | None:
        rests = [one.rest() for one in self._members]
        known = [rest for rest in rests if rest is not None]
        return set().union(*known) if len(known) == len(rests) else None

    def narrowings(self, positions: Sequence[str]) -> Sequence[Narrowing]:
        if self._lookup is not None:
            return [partial(self._narrow, self._lookup, positions)]
        return [step for one in self._members for step in one.narrowings(positions)]

    def _narrow(self, lookup: Lookup, positions: Sequence[str]) -> None:
        self._members = [known(lookup(positions))]


class Intersection(Search):
    """Everything that all of the lists hold."""

    def __init__(self, members: Sequence[EntryList]) -> None:
        self._members = members

    def open(self, wanted: int) -> None:
        super().open(wanted)
        for one in self._members:
            _open_operand(list(one.partitions()), wanted)

    def head(self) -> Item | None:
        while self._read():
            heads = [one.head() for one in self._members]
            positions = [str(head["sk"]) for head in heads if head is not None]
            if len(positions) < len(heads) or not heads:
                return None
            lowest = min(positions)
            if lowest == max(positions):
                return _merged(heads)
            for one in self._members:
                one.skip_to(lowest)
        return None

    def skip_to(self, position: str) -> None:
        for one in self._members:
            one.skip_to(position)

    def advance(self) -> None:
        self.found += 1
        for one in self._members:
            one.advance()

    def frontier(self) -> str:
        return min((one.frontier() for one in self._members), default=LOWEST)

    def partitions(self) -> Iterable[Partition]:
        return [leaf for one in self._members for leaf in one.partitions()]

    def starving(self) -> Iterable[Partition]:
        return [leaf for one in self._members for leaf in one.starving()]

    def rest(self) -> set[str] | None:
        return None

    def narrowings(self, positions: Sequence[str]) -> Sequence[Narrowing]:
        return [step for one in self._members for step in one.narrowings(positions)]

    def _read(self) -> bool:
        """Read what has to be read before the head is known, all of it at the same time.

        Once one operand is known to its end and holds little, the others are not read in passing
        any more: its few positions are looked up in them. False when there can be no head.
        """
        while starving := list(self.starving()):
            rests = [rest for one in self._members if (rest := one.rest()) is not None]
            fewest = min(rests, key=len, default=None)
            if fewest is not None and not fewest:
                return False
            if fewest is None or not self._has_narrowed(fewest, starving):
                self.read_on(starving, self._others())
        return True

    def _has_narrowed(self, fewest: Collection[str], starving: Sequence[Partition]) -> bool:
        """Look these positions up where that is cheaper than to read on."""
        if len(fewest) > MOST_LOOKUPS:
            return False
        positions = sorted(fewest, reverse=True)
        unknown = [one for one in self._members if one.rest() is None]
        steps = [step for one in unknown for step in one.narrowings(positions)]
        reading = sum(max(leaf.passed(), LEAST_OPENING) * GROWTH for leaf in starving)
        lookups = len(steps) * len(positions)
        if lookups > max(reading / ENTRIES_PER_LOOKUP, FEW_LOOKUPS):
            return False
        in_parallel(_do, steps)
        return True

    def _others(self) -> Iterable[Partition]:
        """The partitions that are read one after the other unless they are read together."""
        return [
            leaf for one in self._members if not isinstance(one, Race) for leaf in one.partitions()
        ]


class Succession(Search):
    """One list, and below it another, which is read to any depth only once the first is at its end.

    Args:
        upper: all of its positions are above those of the other.
        lower: the other.
    """

    def __init__(self, upper: Union, lower: Union) -> None:
        self._upper, self._lower = upper, lower

    def open(self, wanted: int) -> None:
        super().open(wanted)
        self._upper.open(wanted)
        self._lower.open(min(wanted, 2 * OPENING))
        self._lower.wanted = wanted

    def head(self) -> Item | None:
        return self._upper.head() or self._lower.head()

    def skip_to(self, position: str) -> None:
        self._upper.skip_to(position)
        self._lower.skip_to(position)

    def advance(self) -> None:
        (self._upper if self._upper.head() else self._lower).advance()

    def frontier(self) -> str:
        reached = self._upper.frontier()
        return self._lower.frontier() if reached == LOWEST else reached

    def partitions(self) -> Iterable[Partition]:
        return [*self._upper.partitions(), *self._lower.partitions()]

    def starving(self) -> Iterable[Partition]:
        if self._upper.rest() != set():
            return self._upper.starving()
        return self._lower.starving()

    def rest(self) -> set[str] | None:
        upper, lower = self._upper.rest(), self._lower.rest()
        return None if upper is None or lower is None else upper | lower

    def narrowings(self, positions: Sequence[str]) -> Sequence[Narrowing]:
        return [*self._upper.narrowings(positions), *self._lower.narrowings(positions)]


class Race(Search):
    """The same entries, hidden in several lists among others: the list that gets on best tells.

    What each list accepts are just these entries. After the first read, it is the one that has
    got furthest that is read on, and others only when they have been read far less: so it costs
    about what the shortest of them holds.
    """

    def __init__(self, members: Sequence[Partition]) -> None:
        self._members = members
        self._dropped: str | None = None

    def open(self, wanted: int) -> None:
        super().open(wanted)
        for one in self._members:
            _open_operand([one], wanted)

    def head(self) -> Item | None:
        while (head := self._known_head()) is None:
            if not (starving := self.starving()):
                return None
            self.read_on(starving, [])
        return head

    def skip_to(self, position: str) -> None:
        for one in self._members:
            one.skip_to(position)

    def advance(self) -> None:
        head = self.head()
        if head is not None:
            self.found += 1
            self._dropped = str(head["sk"])
            self.skip_to(self._dropped)

    def frontier(self) -> str:
        head = self._known_head()
        return str(head["sk"]) if head else min(one.frontier() for one in self._members)

    def partitions(self) -> Iterable[Partition]:
        return self._members

    def starving(self) -> Sequence[Partition]:
        if self._known_head() or any(one.reach() == LOWEST for one in self._members):
            return []
        best = min(self._members, key=Partition.reach)
        far_behind = best.passed() // GROWTH
        return [one for one in self._members if one is best or one.passed() < far_behind]

    def rest(self) -> set[str] | None:
        rests = [rest for one in self._members if (rest := one.rest()) is not None]
        return {one for one in min(rests, key=len) if not self._has_passed(one)} if rests else None

    def narrowings(self, positions: Sequence[str]) -> Sequence[Narrowing]:
        """One of the lists tells of any position."""
        return self._members[0].narrowings(positions)

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
    """Choose the first step of each partition of something that is narrowed by something else."""
    opening = OPENING if wanted <= COUNT_LIMIT else 2 * OPENING
    for leaf in leaves:
        leaf.step = max(LEAST_OPENING, opening // len(leaves))


def _merged(heads: Iterable[Item | None]) -> Item:
    """All that entries of one record say."""
    return {name: value for head in heads if head for name, value in head.items()}


def _do(step: Narrowing) -> None:
    step()


@dataclass(frozen=True)
class Slice:
    """A page of a list.

    Attributes:
        entries: the page's entries.
        next_position: where the next page begins, included; None at the end.
        count: how many entries the whole list has, at most `COUNT_LIMIT`; None if not asked.
        count_exact: whether that is all of them.
    """

    entries: list[Item] = field(default_factory=list)
    next_position: str | None = None
    count: int | None = None
    count_exact: bool = True

    def half(self) -> "Slice":
        """The first half of several entries; the next page begins with the others."""
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
        limit: how many entries at most.
        offset: how many to pass over first.
        start: the position to begin at, included.
        count: also count, up to `COUNT_LIMIT`.

    A request that would read more than `READ_LIMIT` entries gets a short page with a
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
            next_position = entries.frontier()
    return Slice(
        page,
        next_position,
        min(seen, COUNT_LIMIT) if count else None,
        exact and seen <= COUNT_LIMIT,
    )


def _begin_at(entries: EntryList, start: str, limit: int | None) -> None:
    """Leave out what is above a position, and read no more than so many entries below it."""
    entries.skip_to(start)
    if limit is not None:
        for leaf in entries.partitions():
            leaf.bound(limit)


def read_first(entries: EntryList, wanted: int) -> None:
    """Make the first reads of all partitions at the same time.

    A plain list or a union needs `wanted` entries of each partition at most; of the operands of
    a search nobody knows how many, so it begins small and goes by what it finds. Each partition
    has its first read, however many they are: so every page makes progress.
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
    while (entry := entries.head()) is not None:
        yield entry
        entries.advance()
