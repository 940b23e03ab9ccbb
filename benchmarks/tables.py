"""Tables that read well as plain text and as Markdown, and that `diff` compares line by line."""

from collections.abc import Sequence

Row = Sequence[object]


def table(title: str, note: str, head: Sequence[str], rows: Sequence[Row]) -> str:
    """A heading, a sentence, and an aligned table."""
    return "\n".join([f"## {title}", "", note, "", rows_of(head, rows), ""])


def rows_of(head: Sequence[str], rows: Sequence[Row]) -> str:
    """An aligned table; numbers stand to the right."""
    cells = [[_text(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    right = [_is_numeric(column) for column in zip(*rows, strict=True)] if rows else []
    right = right or [False] * len(head)
    rule = [
        ("-" * (width - 1) + (":" if r else "-")) for width, r in zip(widths, right, strict=True)
    ]
    return "\n".join(_line(row, widths, right) for row in [list(head), rule, *cells])


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    aligned = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return "| " + " | ".join(aligned) + " |"


def _is_numeric(column: Sequence[object]) -> bool:
    return all(isinstance(cell, int | float | None) for cell in column)


def _text(cell: object) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.1f}"
    return str(cell)
