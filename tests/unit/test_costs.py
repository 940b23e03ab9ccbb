"""`docs/cost.md` equals the measurements, and higher costs are detected."""

import pytest

from benchmarks.costs import aims, document, ledger
from benchmarks.costs.ledger import Figures, Ledger, Route


def test_the_document_is_written_from_the_kept_figures() -> None:
    text = document.PATH.read_text()
    assert document.rendered(text, ledger.load()) == text


def test_each_route_that_waits_longer_than_we_aim_at_has_a_reason() -> None:
    trips = {title: route.now.trips for title, route in ledger.load().routes.items()}
    assert aims.unexplained(trips) == []


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("GET /api/deals/<deal_id>", 2),
        ("GET /api/deals/<deal_id> (through a team)", 2),
        ("GET /api/deals (first page)", 3),
        ("GET /api/deals/<deal_id>/history", 3),
        ("POST /api/deals", 3),
        ("DELETE /api/deals/<deal_id>", 3),
        ("projections: a deal is made", None),
    ],
)
def test_aims(title: str, expected: int | None) -> None:
    assert aims.aim(title) == expected


KEPT = Ledger(
    routes={"GET /api/me": Route(now=Figures(trips=2, read=3.5, write=0), calls="")},
    lists={"deals: all": {1000: Figures(trips=3, read=20, write=0)}},
    modules={"deals": 300},
    layers={"crm": 1_000_000},
    money={},
    stored={},
)


def changed(**sections: object) -> Ledger:
    return KEPT.model_copy(update=sections)


@pytest.mark.parametrize(
    ("measured", "problems"),
    [
        (KEPT, []),
        (
            changed(routes={"GET /api/me": Route(now=Figures(trips=1, read=3, write=0), calls="")}),
            [],
        ),
        (
            changed(routes={"GET /api/me": Route(now=Figures(trips=3, read=4, write=0), calls="")}),
            ["GET /api/me: trips: 3 > 2", "GET /api/me: read: 4 > 3.5"],
        ),
        (
            changed(
                routes={"GET /api/you": Route(now=Figures(trips=1, read=1, write=0), calls="")}
            ),
            ["GET /api/you: no figures are kept"],
        ),
        (
            changed(lists={"deals: all": {1000: Figures(trips=3, read=21, write=0)}}),
            ["deals: all, 1,000: read: 21 > 20"],
        ),
        (changed(modules={"deals": 301}), ["deals: 301 modules > 300"]),
        (changed(layers={"crm": 1_090_000}), []),
        (changed(layers={"crm": 1_200_000}), ["crm: 1,200,000 bytes > 1,000,000"]),
    ],
)
def test_what_costs_more_is_named(measured: Ledger, problems: list[str]) -> None:
    assert list(ledger.regressions(KEPT, measured)) == problems
