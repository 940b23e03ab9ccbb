"""Counts of a run, and its findings."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.functions.generated.document import Operation


class Finding(NamedTuple):
    """An answer that must not be.

    Attributes:
        check: which rule it breaks.
        label: the operation.
        status: of the answer.
        said: what is wrong, in words.
        sample: the request and the answer.
    """

    check: str
    label: str
    status: int
    said: str
    sample: str

    @property
    def key(self) -> tuple[str, str, int]:
        return self.check, self.label, self.status


@dataclass
class Tally:
    """The outcome of a run.

    Attributes:
        statuses: cases by operation and status.
        sorts: cases by what they were like.
        further: requests that looked at what cases left behind.
        worlds: organizations that were founded.
        findings: the first answer of each sort that must not be.
        repeated: how often each sort was met.
    """

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    sorts: Counter[str] = field(default_factory=Counter)
    further: int = 0
    worlds: int = 0
    findings: dict[tuple[str, str, int], Finding] = field(default_factory=dict)
    repeated: Counter[tuple[str, str, int]] = field(default_factory=Counter)

    def note(self, label: str, status: int, *sorts: str) -> None:
        self.statuses[label, status] += 1
        self.sorts.update(sorts)

    def find(self, finding: Finding) -> bool:
        """Whether it is the first of its sort."""
        self.findings.setdefault(finding.key, finding)
        self.repeated[finding.key] += 1
        return self.repeated[finding.key] == 1

    @property
    def cases(self) -> int:
        return sum(self.statuses.values())

    def of(self, label: str) -> Counter[int]:
        """The answers of one operation, by status."""
        found = {status: n for (name, status), n in self.statuses.items() if name == label}
        return Counter(found)

    def done(self) -> set[str]:
        """The operations that did what they were asked at least once."""
        return {label for label, status in self.statuses if status < 400}

    def figures(self, operations: Iterable[Operation]) -> dict[str, int]:
        """The stored figures of a run."""
        labels = [str(one) for one in operations]
        classes: Counter[str] = Counter()
        for (_, status), count in self.statuses.items():
            classes[f"{status // 100}xx"] += count
        return {
            "operations": len(labels),
            "operations done": len(self.done() & set(labels)),
            "cases": self.cases,
            **{f"cases answered {one}": classes[one] for one in ("2xx", "3xx", "4xx", "5xx")},
            **{f"cases {one}": count for one, count in sorted(self.sorts.items())},
            "further requests": self.further,
            "organizations": self.worlds,
            "findings": len(self.findings),
        }
