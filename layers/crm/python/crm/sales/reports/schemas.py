"""Query parameters and responses of reports."""

from typing import Annotated

from pydantic import Field

from crm.platform.fields import Id, Output, Query, UserId
from crm.sales.reports.aggregates.scopes import AskedScope

MAX_DAYS = 365

Days = Annotated[int, Field(ge=1, le=MAX_DAYS, description="Days back, today included.")]


class ForecastQuery(Query):
    """Parameters of the forecast."""

    pipeline_id: Annotated[Id | None, Field(description="Without it, all pipelines.")] = None
    months: Annotated[int, Field(ge=1, le=36, description="Months from the current one on.")] = 12
    scope: AskedScope = None


class VelocityQuery(Query):
    """Parameters of the pipelines' velocity."""

    pipeline_id: Annotated[Id | None, Field(description="Without it, all pipelines.")] = None
    days: Days = 90
    scope: AskedScope = None


class ActivitySummaryQuery(Query):
    """Parameters of the summary of activities."""

    assigned_to: Annotated[UserId | None, Field(description="Admins may ask for anybody.")] = None
    days: Days = 30
    scope: AskedScope = None


class ForecastMonth(Output):
    """The open deals that are expected to close in a month.

    Attributes:
        month: such as `2026-12`.
        amount: sums by currency, as decimal strings; `weighted_amount` too.
    """

    month: str
    count: int
    amount: dict[str, str]
    weighted_amount: dict[str, str]


class Forecast(Output):
    """What is expected to come in: the coming months, in their order."""

    months: list[ForecastMonth]


class StageVelocity(Output):
    """How deals went through a stage.

    Attributes:
        entered: how often a deal came into it.
        average_seconds: how long those stayed that left it; null if none did.
    """

    stage_id: str
    name: str
    entered: int
    average_seconds: int | None


class PipelineVelocity(Output):
    """How fast deals went, and how they ended.

    Attributes:
        win_rate: won deals among the closed, 0 to 1; null if none was closed.
        average_cycle_seconds: from making to closing a deal; null if none was closed.
    """

    stages: list[StageVelocity]
    won: int
    lost: int
    win_rate: float | None
    average_cycle_seconds: int | None


class ActivityDay(Output):
    """The activities that were made on a day, by type, and how many were completed on it."""

    date: str
    task: int = 0
    event: int = 0
    email: int = 0
    note: int = 0
    call: int = 0
    completed: int = 0


class ActivitySummary(Output):
    """Activities by day, the oldest first."""

    days: list[ActivityDay]
