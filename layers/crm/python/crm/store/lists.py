"""Lists as an algebra: newest first, merged and intersected without reading what is not needed.

A list is a partition of entries in the order of their positions. What a caller may see, narrowed by
filters, is an expression over such lists: a union of what is theirs, an intersection with what
they ask for. Each operand can skip to a position, so an intersection costs about what its
shortest operand holds, and a page costs what the page holds. Positions run downwards.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from crm.store.parallel import in_parallel

Item = dict[str, Any]
"""An entry; its position is `sk`."""

LOWEST, HIGHEST = " ", "~"
COUNT_LIMIT = 1000
READ_LIMIT = 20_000
FIRST_READ = 25
LARGEST_READ = COUNT_LIMIT + 1

ENTRIES_PER_LOOKUP = 30
"""Looking up one entry costs about as much as reading so many in a row: 4 KB of them."""

Fetch = Callable[[str, int], list[Item]]
"""Reads entries from a position (included) downwards, so many at most."""

Lookup = Callable[[Sequence[str]], list[Item]]
"""Reads the entries that exist at these positions."""


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
        self.step = FIRST_READ

    def head(self) -> Item | None:
        while self._index >= len(self._entries):
            if self._from is None:
                return None
            self.read()
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

    def narrow(self, positions: Iterable[str]) -> None:
        """Look up the only positions that still matter, instead of reading on."""
        self._allowance.ask()
        wanted = sorted(positions, reverse=True)
        found = {str(entry["sk"]): entry for entry in self._lookup(wanted)}
        self._allowance.left -= len(wanted)
        kept = [found[position] for position in wanted if position in found]
        self._entries = [one for one in kept if self._accept is None or self._accept(one)]
        self._index, self._from = 0, None

    def share(self, parties: int) -> None:
        """Bound the first read, so that so many partitions have one within the allowance."""
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
        self._entries = [one for one in kept if self._accept is None or self._accept(one)]
        self._index = 0
        self.step = min(self.step * 4, LARGEST_READ)


def known(entries: Sequence[Item]) -> Partition:
    """A list of entries that have been read, in whatever order."""
    falling = sorted(entries, key=lambda entry: str(entry["sk"]), reverse=True)

    def fetch(position: str, limit: int) -> list[Item]:
        return [entry for entry in falling if entry["sk"] <= position][:limit]

    def lookup(positions: Sequence[str]) -> list[Item]:
        return [entry for entry in falling if entry["sk"] in set(positions)]

    return Partition(fetch, lookup, Allowance())


class Union:
    """Everything that at least one of the lists holds, once."""

    def __init__(self, members: Sequence[EntryList]) -> None:
        self._members = members

    def head(self) -> Item | None:
        heads = [head for one in self._members if (head := one.head()) is not None]
        return max(heads, key=lambda entry: str(entry["sk"]), default=None)

    def skip_to(self, position: str) -> None:
        for one in self._members:
            one.skip_to(position)

    def advance(self) -> None:
        head = self.head()
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


class Intersection:
    """Everything that all of the lists hold."""

    def __init__(self, members: Sequence[EntryList]) -> None:
        self._members = members

    def head(self) -> Item | None:
        while self._read():
            heads = [one.head() for one in self._members]
            positions = [str(head["sk"]) for head in heads if head is not None]
            if len(positions) < len(heads) or not heads:
                return None
            lowest = min(positions)
            if lowest == max(positions):
                return heads[0]
            for one in self._members:
                one.skip_to(lowest)
        return None

    def skip_to(self, position: str) -> None:
        for one in self._members:
            one.skip_to(position)

    def advance(self) -> None:
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
            unread = [
                leaf
                for one in self._members
                if one.rest() is None
                for leaf in one.partitions()
                if leaf.rest() is None
            ]
            if fewest and all(len(fewest) * ENTRIES_PER_LOOKUP <= leaf.step for leaf in unread):
                in_parallel(partial(Partition.narrow, positions=fewest), unread)
            else:
                in_parallel(Partition.read, starving)
        return True


class Race:
    """The same entries, hidden in several lists among others: the list that gets on best tells.

    What each list accepts are just these entries. All are read at one pace, so that it costs about
    what the shortest of them holds, as many times as there are lists; the others are left.
    """

    def __init__(self, members: Sequence[Partition]) -> None:
        self._members = members
        self._dropped: str | None = None

    def head(self) -> Item | None:
        while (head := self._known_head()) is None:
            if any(one.frontier() == LOWEST for one in self._members):
                return None
            in_parallel(Partition.read, self._members)
        return head

    def skip_to(self, position: str) -> None:
        for one in self._members:
            one.skip_to(position)

    def advance(self) -> None:
        head = self.head()
        if head is not None:
            self._dropped = str(head["sk"])
            self.skip_to(self._dropped)

    def frontier(self) -> str:
        head = self._known_head()
        return str(head["sk"]) if head else min(one.frontier() for one in self._members)

    def partitions(self) -> Iterable[Partition]:
        return self._members

    def starving(self) -> Iterable[Partition]:
        """It reads by itself: which of its lists gets on best shows while it does."""
        return []

    def rest(self) -> set[str] | None:
        rests = [rest for one in self._members if (rest := one.rest()) is not None]
        return {one for one in min(rests, key=len) if not self._has_passed(one)} if rests else None

    def _known_head(self) -> Item | None:
        heads: list[Item] = []
        for one in self._members:
            while (head := one.known_head()) is not None and self._has_passed(str(head["sk"])):
                one.advance()
            heads += [head] if head is not None else []
        return max(heads, key=lambda entry: str(entry["sk"]), default=None)

    def _has_passed(self, position: str) -> bool:
        return self._dropped is not None and position >= self._dropped


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
        entries.skip_to(start)
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


def read_first(entries: EntryList, wanted: int) -> None:
    """Make the first reads of all partitions at the same time.

    A plain list or a union needs `wanted` entries of each partition at most; of the operands of
    an intersection or a race nobody knows how many, so they begin small and grow. Each partition
    has its first read, however many they are: so every page makes progress.
    """
    leaves = list(entries.partitions())
    for leaf in leaves:
        if not isinstance(entries, Intersection | Race):
            leaf.step = min(wanted + 1, LARGEST_READ + 1)
        leaf.share(len(leaves))
    if len(leaves) == 1:
        leaves[0].read_unasked()
    else:
        in_parallel(Partition.read_unasked, leaves)


def _walk(entries: EntryList) -> Iterator[Item]:
    while (entry := entries.head()) is not None:
        yield entry
        entries.advance()
