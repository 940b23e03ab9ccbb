"""Reports, read from aggregates: their cost does not grow with the number of records."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial

from crm.platform import clock
from crm.platform.dynamodb.lists import HIGHEST
from crm.platform.dynamodb.parallel import in_parallel, together
from crm.platform.errors import PermissionDeniedError
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.schemas import Pipeline
from crm.sales.reports.aggregates import names, scopes
from crm.sales.reports.aggregates import service as aggregates
from crm.sales.reports.aggregates.contributions import Numbers
from crm.sales.reports.schemas import (
    ActivityDay,
    ActivitySummary,
    ActivitySummaryQuery,
    Forecast,
    ForecastMonth,
    ForecastQuery,
    PipelineVelocity,
    StageVelocity,
    VelocityQuery,
)
from crm.tenancy.permissions import Caller


def forecast(caller: Caller, query: ForecastQuery) -> Forecast:
    """Return the expected amounts of open deals, by month.

    Raises:
        PermissionDeniedError: A member requests the whole organization.
        NotFoundError: The organization has no such pipeline.
    """
    group = scopes.group(caller, scopes.resolve(caller, query.scope))
    found, generation = _pipelines(caller, query.pipeline_id)
    months = _months(_today(), query.months)
    between = names.month_row(months[0]), names.month_row(months[-1])
    totals = _added(
        in_parallel(
            lambda one: aggregates.states(
                caller.organization_id, names.board(one.id, group), between, generation
            ),
            found,
        )
    )
    return Forecast(months=[_month(one, totals.get(names.month_row(one), {})) for one in months])


def velocity(caller: Caller, query: VelocityQuery) -> PipelineVelocity:
    """Return the time of deals in stages in the last days, and the numbers of won and lost ones.

    Raises:
        PermissionDeniedError: A member requests the whole organization.
        NotFoundError: The organization has no such pipeline.
    """
    group = scopes.group(caller, scopes.resolve(caller, query.scope))
    found, generation = _pipelines(caller, query.pipeline_id)
    days = _days(_today(), query.days)

    def closed(one: Pipeline) -> dict[str, Numbers]:
        between = names.closed_row(days[0], ""), names.closed_row(days[-1], HIGHEST)
        name = names.board(one.id, group)
        return aggregates.states(caller.organization_id, name, between, generation)

    def moves(one: Pipeline) -> dict[str, Numbers]:
        between = names.move_row(days[0], ""), names.move_row(days[-1], HIGHEST)
        return aggregates.facts(caller.organization_id, names.velocity(one.id, group), between)

    reads = [partial(read, one) for read in (closed, moves) for one in found]
    rows = in_parallel(lambda read: read(), reads)
    ends, by_stage = _by_last_piece(rows[: len(found)]), _by_last_piece(rows[len(found) :])
    won, lost = (ends.get(status, {}).get("count", 0) for status in ("won", "lost"))
    seconds = sum(numbers.get("seconds", 0) for numbers in ends.values())
    return PipelineVelocity(
        stages=[
            _stage(stage.id, stage.name, by_stage.get(stage.id, {}))
            for one in found
            for stage in one.stages
        ],
        won=won,
        lost=lost,
        win_rate=round(won / (won + lost), 4) if won + lost else None,
        average_cycle_seconds=_average(seconds, won + lost),
    )


def activity_summary(caller: Caller, query: ActivitySummaryQuery) -> ActivitySummary:
    """Return the numbers of activities on each of the last days.

    Raises:
        PermissionDeniedError: A member requests other users, or the whole organization.
    """
    scope = scopes.resolve(caller, query.scope)
    if scope == "mine" and query.assigned_to not in {None, caller.user_id}:
        raise PermissionDeniedError("Only admins see what is assigned to others.")
    everybodys = scopes.group(caller, scope)
    group = names.of_user(query.assigned_to) if query.assigned_to else everybodys
    days = _days(_today(), query.days)
    rows = aggregates.states(
        caller.organization_id,
        names.activities(group),
        (days[0], days[-1]),
        aggregates.generation(caller.organization_id),
    )
    return ActivitySummary(days=[ActivityDay(date=day, **rows.get(day, {})) for day in days])


def _pipelines(caller: Caller, pipeline_id: str | None) -> tuple[list[Pipeline], str]:
    """Return the requested pipelines, and the current generation of aggregates."""
    generation, found = together(
        lambda: aggregates.generation(caller.organization_id),
        lambda: (
            [pipelines.find(caller, pipeline_id)] if pipeline_id else pipelines.list_all(caller)
        ),
    )
    return found, generation


def _month(month: str, numbers: Numbers) -> ForecastMonth:
    return ForecastMonth(month=month, **aggregates.totals(numbers))


def _stage(stage_id: str, name: str, numbers: Numbers) -> StageVelocity:
    average = _average(numbers.get("seconds", 0), numbers.get("left", 0))
    return StageVelocity(
        stage_id=stage_id, name=name, entered=numbers.get("entered", 0), average_seconds=average
    )


def _average(total: int, count: int) -> int | None:
    return total // count if count else None


def _by_last_piece(rows: Iterable[dict[str, Numbers]]) -> dict[str, Numbers]:
    """Add the rows of all days, by the last component of the row name."""
    return _added({row.rpartition("#")[2]: numbers} for one in rows for row, numbers in one.items())


def _added(rows: Iterable[dict[str, Numbers]]) -> dict[str, Numbers]:
    """Add rows of the same name."""
    total: dict[str, Counter[str]] = {}
    for one in rows:
        for row, numbers in one.items():
            total.setdefault(row, Counter()).update(numbers)
    return {row: dict(numbers) for row, numbers in total.items()}


def _today() -> date:
    return clock.now().date()


def _days(last: date, number: int) -> list[str]:
    return [(last - timedelta(days=back)).isoformat() for back in range(number - 1, -1, -1)]


def _months(first: date, number: int) -> list[str]:
    months = (first.year * 12 + first.month - 1 + ahead for ahead in range(number))
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in months]
