"""/api/reports"""

from collections.abc import Callable

from pydantic import BaseModel

from crm.http.app import App
from crm.http.negotiation import prefers
from crm.http.request import Request
from crm.http.response import JSON, Response
from crm.sales.reports import charts, service
from crm.sales.reports.schemas import (
    ActivitySummary,
    ActivitySummaryQuery,
    Forecast,
    ForecastQuery,
    PipelineVelocity,
    VelocityQuery,
)

app = App()

SVG = "image/svg+xml"


@app.get("/api/reports/forecast", query=ForecastQuery, answer=Forecast)
def read_forecast(request: Request, query: ForecastQuery) -> Response:
    """What open deals are expected to bring in the coming months; a chart of it on request.

    `Accept: image/svg+xml` asks for the chart.
    """
    report = service.forecast(request.caller, query)
    return _answer(request, report, lambda: charts.forecast(report))


@app.get("/api/reports/pipeline-velocity", query=VelocityQuery, answer=PipelineVelocity)
def read_pipeline_velocity(request: Request, query: VelocityQuery) -> Response:
    """How fast deals went through the stages, and how many were won; a chart of it on request.

    `Accept: image/svg+xml` asks for the chart.
    """
    report = service.velocity(request.caller, query)
    return _answer(request, report, lambda: charts.velocity(report))


@app.get("/api/reports/activity-summary", query=ActivitySummaryQuery, answer=ActivitySummary)
def read_activity_summary(request: Request, query: ActivitySummaryQuery) -> Response:
    """What was done on each of the last days; a chart of it on request.

    `Accept: image/svg+xml` asks for the chart.
    """
    report = service.activity_summary(request.caller, query)
    return _answer(request, report, lambda: charts.activity_summary(report))


def _answer(request: Request, report: BaseModel, draw: Callable[[], str]) -> Response:
    varying = {"Vary": "Accept"}
    if prefers(request.header("accept"), SVG, JSON):
        return Response(200, draw(), varying, SVG)
    return Response(200, report.model_dump(), varying)


handler = app
