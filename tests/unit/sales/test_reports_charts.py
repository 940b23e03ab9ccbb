"""Charts: pictures that need nothing from elsewhere and run nothing"""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from crm.sales.reports import charts
from crm.sales.reports.schemas import (
    ActivityDay,
    ActivitySummary,
    Forecast,
    ForecastMonth,
    PipelineVelocity,
    StageVelocity,
)

SVG = "{http://www.w3.org/2000/svg}"
NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
EVIL = "<script>alert('x')</script>&\ufffe"


def forecast(months: int) -> str:
    rows = [
        ForecastMonth(
            month=f"{2026 + number // 12}-{number % 12 + 1:02}",
            count=number,
            amount={"EUR": "5.00", "USD": f"{number}000.50"},
            weighted_amount={"USD": f"{number}00.05"},
        )
        for number in range(months)
    ]
    return charts.forecast(Forecast(months=rows))


def velocity(stages: int, **fields: object) -> str:
    rows = [
        StageVelocity(
            stage_id=str(number),
            name=f"{EVIL} {number}",
            entered=number,
            average_seconds=number * 86400 if number % 2 else None,
        )
        for number in range(stages)
    ]
    report = PipelineVelocity(
        stages=rows, won=3, lost=1, win_rate=0.75, average_cycle_seconds=5
    ).model_copy(update=fields)
    return charts.velocity(report)


def activities(days: int) -> str:
    rows = [ActivityDay(date=f"day {number}", task=number) for number in range(days)]
    return charts.activity_summary(ActivitySummary(days=rows))


ALL = {
    "forecast": forecast(12),
    "a long forecast": forecast(36),
    "an empty forecast": charts.forecast(
        Forecast(months=[ForecastMonth(month="2026-12", count=0, amount={}, weighted_amount={})])
    ),
    "a forecast in many currencies": charts.forecast(
        Forecast(
            months=[
                ForecastMonth(
                    month="2026-12",
                    count=9,
                    amount=dict.fromkeys("ABCDEFGHI", "1.00"),
                    weighted_amount={},
                )
            ]
        )
    ),
    "velocity": velocity(6),
    "velocity of many stages": velocity(120),
    "velocity without moves": velocity(1),
    "velocity of none": velocity(0, won=0, lost=0, win_rate=None, average_cycle_seconds=None),
    "activities": activities(30),
    "activities of a year": activities(365),
    "activities of a day": activities(1),
}


def texts(svg: str) -> list[str]:
    """Return the readable text of the picture."""
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


@pytest.mark.parametrize("svg", ALL.values(), ids=ALL)
def test_a_chart_needs_nothing_from_elsewhere(svg: str) -> None:
    assert set(re.findall(r"https?://[^\"' )<]*", svg)) <= NAMESPACES
    tags = {one.tag for one in ElementTree.fromstring(svg).iter()}  # noqa: S314
    assert not {f"{SVG}{name}" for name in ("script", "image", "a", "foreignObject")} & tags
    assert not re.search(r"@import|url\(|<!--|<script|\son\w+=", svg)


@pytest.mark.parametrize("svg", ALL.values(), ids=ALL)
def test_a_chart_has_a_fixed_size_and_few_labels(svg: str) -> None:
    root = ElementTree.fromstring(svg)  # noqa: S314
    assert (root.tag, root.get("width"), root.get("height")) == (f"{SVG}svg", "900", "420")
    axis = [one for one in root.iter(f"{SVG}g") if (one.get("class") or "").startswith("axis x")]
    labels = [text for one in axis for text in one.iter(f"{SVG}text") if text.text]
    assert len(labels) <= charts.MOST_LABELS + 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "forecast",
            {"Forecast", "Expected month of closing", "Amount", "2026-01", "2026-12"}
            | {"Amount, USD", "Weighted, USD", "Amount, EUR", "Weighted, EUR"},
        ),
        (
            "velocity",
            {"Pipeline velocity: 3 won, 1 lost, 75% of the closed won", "Stage", "Deals entered"},
        ),
        ("velocity of none", {"Pipeline velocity: 0 won, 0 lost"}),
        (
            "activities",
            {"Activities", "Day", "Task", "Event", "Email", "Note", "Call", "Completed"},
        ),
        ("an empty forecast", {"Forecast", "Nothing to show"}),
    ],
)
def test_a_chart_can_be_read(name: str, expected: set[str]) -> None:
    assert expected <= set(texts(ALL[name]))


def test_names_of_stages_are_text_and_nothing_else() -> None:
    svg = velocity(1)
    assert "<script" not in svg
    assert "\ufffe" not in svg
    assert "&lt;script&gt;" in svg


def test_nothing_in_a_chart_is_left_to_chance() -> None:
    assert forecast(3) == forecast(3)
