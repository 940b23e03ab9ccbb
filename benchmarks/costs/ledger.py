"""The figures that are kept, the same on every machine unless it says otherwise."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

PATH = Path(__file__).with_name("counts.json")


class Figures(BaseModel):
    """What a request costs.

    Attributes:
        trips: calls that wait for one another.
        read: capacity units read; `write` written.
    """

    trips: int
    read: float
    write: float

    def over(self, allowed: "Figures") -> list[str]:
        """In what it costs more than it may."""
        own, most = self.model_dump(), allowed.model_dump()
        return [f"{name}: {own[name]:g} > {most[name]:g}" for name in own if own[name] > most[name]]


class Route(BaseModel):
    """A route's figures.

    Attributes:
        before: before the work on speed and cost; None for one that there was not.
        now: since.
        calls: what it calls, in order.
    """

    before: Figures | None = None
    now: Figures
    calls: str


class Money(BaseModel):
    """What one request or message spends, in US dollars, the work behind it included.

    Attributes:
        share: how many of a thousand requests are such.
        processor: milliseconds of computing, on the machine that measured.
        database: of DynamoDB.
        functions: of Lambda.
        others: of API Gateway, S3 and SQS.
    """

    share: int
    processor: float
    database: float
    functions: float
    others: float


class Stored(BaseModel):
    """The bytes of a new record: its own item, and all that was written because of it."""

    own: int
    all: int


class Start(BaseModel):
    """A function's cold start, on the machine that measured.

    Attributes:
        processor: the least milliseconds that any process computed until its first answer.
        answered: the least until then.
    """

    processor: float
    answered: float


class Warm(BaseModel):
    """What a request computes in a warm process, on the machine that measured.

    Attributes:
        request: milliseconds of all of it.
        calls: of the same calls by bare botocore.
    """

    request: float
    calls: float


class Ledger(BaseModel):
    """All figures.

    Attributes:
        routes: of each route and function, by its scenario's title.
        lists: of each list, by size.
        modules: how many a function loads that are not Python's own.
        layers: unpacked bytes.
        starts: by function, and by reference.
        warm: by the title of a route's scenario.
        money: of each request of the mix.
        stored: by record kind.
    """

    routes: dict[str, Route] = {}
    lists: dict[str, dict[int, Figures]] = {}
    modules: dict[str, int] = {}
    layers: dict[str, int] = {}
    starts: dict[str, Start] = {}
    warm: dict[str, Warm] = {}
    money: dict[str, Money] = {}
    stored: dict[str, Stored] = {}


def load() -> Ledger:
    return Ledger.model_validate_json(PATH.read_text())


def save(ledger: Ledger) -> None:
    """One line for each figure, so that a change of one is a change of a line."""
    sections = [
        f'"{name}": {{\n'
        + ",\n".join(
            f"  {json.dumps(key)}: {json.dumps(one, ensure_ascii=False)}"
            for key, one in section.items()
        )
        + "\n}"
        for name, section in ledger.model_dump(mode="json", exclude_none=True).items()
    ]
    PATH.write_text("{" + ",\n".join(sections) + "}\n")


def regressions(kept: Ledger, measured: Ledger) -> Iterator[str]:
    """What costs more than it did, or is not kept."""
    pairs: Mapping[str, tuple[Figures | None, Figures]] = {
        **{
            title: (kept.routes[title].now if title in kept.routes else None, one.now)
            for title, one in measured.routes.items()
        },
        **{
            f"{title}, {size:,}": (kept.lists.get(title, {}).get(size), one)
            for title, sizes in measured.lists.items()
            for size, one in sizes.items()
        },
    }
    for title, (allowed, figures) in pairs.items():
        if allowed is None:
            yield f"{title}: no figures are kept"
        else:
            yield from (f"{title}: {problem}" for problem in figures.over(allowed))
    for name, modules in measured.modules.items():
        if modules > kept.modules.get(name, 0):
            yield f"{name}: {modules} modules > {kept.modules.get(name, 0)}"
    for name, size in measured.layers.items():
        if size > kept.layers.get(name, 0) * LAYER_TOLERANCE:
            yield f"{name}: {size:,} bytes > {kept.layers.get(name, 0):,}"


LAYER_TOLERANCE = 1.1
"""Wheels of the same packages differ between the Pythons and processors that they are for."""
