"""`python -m tests.assurance.document`: write the figures into `docs/assurance.md` anew."""

import re

from benchmarks.tables import rows_of
from local.settings import ROOT
from tests.assurance import figures
from tests.assurance.figures import Run

PATH = ROOT / "docs" / "assurance.md"
MARKED = re.compile(r"(<!-- figures: ([\w ,-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def rendered(text: str, runs: dict[str, Run]) -> str:
    """A text with the figures of the machines that its marks name.

    Raises:
        KeyError: a mark names a machine that has never run.
    """

    def table(mark: re.Match[str]) -> str:
        named = {name: runs[name] for name in mark[2].split(", ")}
        return f"{mark[1]}\n{_table(named)}\n\n{mark[3]}"

    return MARKED.sub(table, text)


def named(text: str) -> list[str]:
    """The machines whose figures a text shows."""
    return [name for mark in MARKED.finditer(text) for name in mark[2].split(", ")]


def _table(runs: dict[str, Run]) -> str:
    head = ["run", "counted", "seed", "seconds", "on", "repeated by"]
    return rows_of(
        head,
        [
            [
                name,
                ", ".join(f"{count:,} {what}" for what, count in run.counts.items()),
                "none" if run.seed is None else str(run.seed),
                f"{run.seconds:,.0f}",
                f"{run.on}, {run.machine}",
                f"`{run.command}`",
            ]
            for name, run in runs.items()
        ],
    )


if __name__ == "__main__":
    PATH.write_text(rendered(PATH.read_text(), figures.load()))
