"""Reports as SVG charts without external resources and scripts. Pure."""

import re
import sys
from collections.abc import Sequence
from typing import Any

from crm.sales.reports.schemas import ActivitySummary, Forecast, PipelineVelocity

WIDTH, HEIGHT = 900, 420
MOST_LABELS = 18
LONGEST_LABEL = 24
MOST_DOTS = 60
COLORS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#d62728", "#17becf", "#8c564b", "#7f7f7f")
DAY_SECONDS = 24 * 3600

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML excludes, even escaped."""


def forecast(report: Forecast) -> str:
    """Draw amounts and weighted amounts by month; two bars for each currency."""
    months = report.months
    chart = _chart("Bar", "Forecast", "Expected month of closing", "Amount")
    _label(chart, [one.month for one in months])
    for currency in sorted({currency for one in months for currency in one.amount}):
        chart.add(f"Amount, {currency}", [_number(one.amount, currency) for one in months])
        weighted = [_number(one.weighted_amount, currency) for one in months]
        chart.add(f"Weighted, {currency}", weighted)
    return _drawn(chart)


def velocity(report: PipelineVelocity) -> str:
    """Draw the number of deals that entered each stage, and the average days in it."""
    rate = "" if report.win_rate is None else f", {report.win_rate:.0%} of the closed won"
    title = f"Pipeline velocity: {report.won} won, {report.lost} lost{rate}"
    chart = _chart("Bar", title, "Stage", "Deals entered")
    _label(chart, [_text(stage.name) for stage in report.stages])
    chart.add("Deals entered", [stage.entered for stage in report.stages])
    days = [
        None if stage.average_seconds is None else round(stage.average_seconds / DAY_SECONDS, 2)
        for stage in report.stages
    ]
    if any(one is not None for one in days):
        chart.add("Average days in the stage (right axis)", days, secondary=True)
    return _drawn(chart)


def activity_summary(report: ActivitySummary) -> str:
    """Draw activities by day, a line for each type and one for the completed ones."""
    chart = _chart("Line", "Activities", "Day", "Activities")
    _label(chart, [one.date for one in report.days])
    chart.show_dots = len(report.days) <= MOST_DOTS
    for name in ("task", "event", "email", "note", "call", "completed"):
        chart.add(name.capitalize(), [getattr(one, name) for one in report.days])
    return _drawn(chart)


def _chart(shape: str, title: str, x_title: str, y_title: str) -> Any:
    pygal = _library()
    return getattr(pygal, shape)(
        style=pygal.style.Style(
            font_family="sans-serif",
            background="#ffffff",
            plot_background="#ffffff",
            colors=COLORS,
            label_font_size=11,
            major_label_font_size=11,
            legend_font_size=12,
            title_font_size=18,
        ),
        js=[],
        no_prefix=True,
        explicit_size=True,
        width=WIDTH,
        height=HEIGHT,
        title=title,
        x_title=x_title,
        y_title=y_title,
        legend_at_bottom=True,
        truncate_legend=-1,
        truncate_label=LONGEST_LABEL,
        x_label_rotation=35,
        dots_size=2,
        max_scale=8,
        include_x_axis=True,
        min_scale=2,
        no_data_text="Nothing to show",
    )


def _library() -> Any:
    import pygal
    import pygal.style

    # The library installs an import hook for plugins, which would slow every later import.
    fixers = [one for one in sys.meta_path if isinstance(one, pygal.PluginImportFixer)]
    for fixer in fixers:
        sys.meta_path.remove(fixer)
    return pygal


def _label(chart: Any, labels: Sequence[str]) -> None:
    """Label the axis; of many labels only some, so that they stay readable."""
    every = -(-len(labels) // MOST_LABELS) or 1
    chart.x_labels = [label if place % every == 0 else "" for place, label in enumerate(labels)]


def _drawn(chart: Any) -> str:
    series = len(chart.raw_series)
    # The library truncates a row of the legend that is not full.
    chart.legend_at_bottom_columns = max(one for one in (1, 2, 3) if series % one == 0)
    chart.add_xml_filter(_still)
    drawn: str = chart.render(is_unicode=True)
    return drawn


def _still(root: Any) -> Any:
    """Remove scripts and comments from the picture."""
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.rpartition("}")[2] == "script":
                parent.remove(child)
    return root


def _number(amounts: dict[str, str], currency: str) -> float:
    return float(amounts.get(currency, "0"))


def _text(name: str) -> str:
    return _NOT_XML.sub("", name)
