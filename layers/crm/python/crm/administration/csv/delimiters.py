"""Detects the delimiter between the cells of a file. Pure.

The first rows are read with each delimiter. One that does not split the header is excluded.
A delimiter scores one point per occurrence between cells, in each row that it splits into as many
cells as the header, the header included; the highest score wins. So delimiters within quotes do
not count, occasional commas in a text do not outweigh a `;` in each row, nor does a malformed row
outweigh the header. A file whose header no delimiter splits has one column.
"""

import csv
from collections.abc import Iterator, Sequence

DELIMITERS = (",", ";", "\t")
"""Delimiters; if scores are equal, the first one wins."""


def delimiter_of(sample: Sequence[str]) -> str:
    """Return the delimiter between the cells.

    Args:
        sample: the first lines of the file, with their ends.
    """
    return max(DELIMITERS, key=lambda delimiter: _evidence(sample, delimiter))


def _evidence(sample: Sequence[str], delimiter: str) -> int:
    widths = list(_widths(sample, delimiter))
    return widths.count(widths[0]) * (widths[0] - 1) if widths else 0


def _widths(sample: Sequence[str], delimiter: str) -> Iterator[int]:
    """Yield the number of cells of each row; an unreadable row ends the sample."""
    try:
        for cells in csv.reader(sample, delimiter=delimiter):
            if any(cell.strip() for cell in cells):
                yield len(cells)
    except csv.Error:
        return
