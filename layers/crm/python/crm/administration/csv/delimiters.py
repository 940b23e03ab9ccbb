"""Which sign stands between the cells of a file. Pure.

The first rows are read with each of the signs. One that leaves the header in one piece is none.
Each row, the header too, that comes apart into as many cells as the header speaks for its sign
with each sign that it holds between them; the sign for which most speaks is it. So signs inside
of quotes do not count, a comma here and there in a text does not outweigh a `;` in each row, nor a
row that is broken the header. A file in which none of them parts the header has one column.
"""

import csv
from collections.abc import Iterator, Sequence

DELIMITERS = (",", ";", "\t")
"""Of signs for which the same speaks, the first one is it."""


def delimiter_of(sample: Sequence[str]) -> str:
    """The sign between the cells.

    Args:
        sample: the first lines of the file, with their ends.
    """
    return max(DELIMITERS, key=lambda delimiter: _evidence(sample, delimiter))


def _evidence(sample: Sequence[str], delimiter: str) -> int:
    widths = list(_widths(sample, delimiter))
    return widths.count(widths[0]) * (widths[0] - 1) if widths else 0


def _widths(sample: Sequence[str], delimiter: str) -> Iterator[int]:
    """How many cells each row has; a row that cannot be read ends the sample."""
    try:
        for cells in csv.reader(sample, delimiter=delimiter):
            if any(cell.strip() for cell in cells):
                yield len(cells)
    except csv.Error:
        return
