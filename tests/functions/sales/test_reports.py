"""Reports: what they add up, for whom, as JSON and as a picture"""

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from crm.platform import clock
from crm.sales.deals.schemas import Deal
from tests.support.aggregates import new_activity, new_deal, written
from tests.support.client import Client

pytestmark = pytest.mark.thorough

UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"
FORECAST, VELOCITY, ACTIVITIES = (
    f"/api/reports/{name}" for name in ("forecast", "pipeline-velocity", "activity-summary")
)
STAGES = [
    {"name": "<script>alert(1)</script>", "probability": 10},
    {"name": "Offer", "probability": 50},
    {"name": "Won", "probability": 100, "status": "closed_won"},
    {"name": "Lost", "probability": 0, "status": "closed_lost"},
]
NOW = clock.now()


def day(back: int) -> str:
    return (NOW - timedelta(days=back)).date().isoformat()


def moment(back: int) -> str:
    return f"{day(back)}T00:00:00.000Z"


def month(ahead: int) -> str:
    number = NOW.year * 12 + NOW.month - 1 + ahead
    return f"{number // 12:04}-{number % 12 + 1:02}"


@pytest.fixture
def pipeline(ada: Client) -> Any:
    return new_pipeline(ada, "First")


def new_pipeline(ada: Client, name: str) -> Any:
    made = ada.post("/api/pipelines", {"name": name, "stages": STAGES})
    assert made.status == 201, made.text
    return made.json


def deal(client: Client, pipeline: Any, **fields: Any) -> Deal:
    """A deal that somebody made in the first stage ten days ago."""
    made = new_deal(
        str(client.organization_id),
        pipeline_id=pipeline["id"],
        stage_id=pipeline["stages"][0]["id"],
        stage_entered_on=moment(10),
        **{"assigned_to": client.user_id, **fields},
    )
    result: Deal = written(made.model_copy(update={"created_on": moment(10)}))
    return result


def moved(old: Deal, pipeline: Any, place: int, back: int) -> Deal:
    """The deal after a move to another stage, some days ago."""
    status = ("open", "open", "won", "lost")[place]
    result: Deal = written(
        old.changed(
            "ada",
            stage_id=pipeline["stages"][place]["id"],
            stage_entered_on=moment(back),
            status=status,
            closed_on=None if status == "open" else moment(back),
        ),
        old,
    )
    return result


def report(client: Client, path: str, **query: Any) -> Any:
    reply = client.get(path, query=query)
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"] == "application/json"
    return reply.json


def test_a_forecast(ada: Client, ben: Client, pipeline: Any) -> None:
    other = new_pipeline(ada, "Second")
    deal(ben, pipeline, expected_close_date=f"{month(0)}-28", amount="1250.50")
    deal(ada, pipeline, expected_close_date=f"{month(0)}-01")
    deal(ada, other, expected_close_date=f"{month(2)}-15", amount="7", currency="JPY")
    deal(ada, pipeline, expected_close_date=f"{month(-1)}-15")
    deal(ada, pipeline, expected_close_date=f"{month(3)}-15")
    deal(ada, pipeline)
    closed = deal(ada, pipeline, expected_close_date=f"{month(0)}-01")
    moved(closed, pipeline, 2, 0)

    def row(ahead: int, count: int = 0, amount: Any = None, weighted: Any = None) -> Any:
        sums = {"amount": amount or {}, "weighted_amount": weighted or {}}
        return {"month": month(ahead), "count": count, **sums}

    both = row(0, 2, {"USD": "1350.50"}, {"USD": "675.25"})
    yen = row(2, 1, {"JPY": "7"}, {"JPY": "4"})
    bens = row(0, 1, {"USD": "1250.50"}, {"USD": "625.25"})
    assert report(ada, FORECAST, months=3) == {"months": [both, row(1), yen]}
    assert report(ada, FORECAST, months=3, pipeline_id=pipeline["id"]) == {
        "months": [both, row(1), row(2)]
    }
    assert report(ben, FORECAST, months=1) == {"months": [bens]}
    assert report(ben, FORECAST, months=1, scope="mine") == {"months": [bens]}
    assert report(ada, FORECAST, months=1, scope="organization") == {"months": [both]}
    year = report(ada, FORECAST)["months"]
    assert [one["month"] for one in year] == [month(ahead) for ahead in range(12)]
    assert len(report(ada, FORECAST, months=36)["months"]) == 36


def test_a_velocity(ada: Client, ben: Client, pipeline: Any) -> None:
    one = moved(deal(ben, pipeline), pipeline, 1, 6)
    moved(one, pipeline, 2, 4)
    moved(deal(ada, pipeline), pipeline, 2, 1)
    moved(deal(ada, pipeline), pipeline, 3, 2)
    reopened = moved(moved(deal(ada, pipeline), pipeline, 3, 3), pipeline, 0, 2)
    written(None, reopened)
    first, offer, won, lost = (stage["id"] for stage in pipeline["stages"])
    days = 24 * 3600
    rows = [
        (first, STAGES[0]["name"], 5, (4 + 9 + 8 + 7) * days // 4),
        (offer, "Offer", 1, 2 * days),
        (won, "Won", 2, None),
        (lost, "Lost", 2, 1 * days),
    ]
    found = report(ada, VELOCITY, pipeline_id=pipeline["id"])
    assert found == {
        "stages": [
            {"stage_id": stage, "name": name, "entered": entered, "average_seconds": average}
            for stage, name, entered, average in rows
        ],
        "won": 2,
        "lost": 1,
        "win_rate": 0.6667,
        "average_cycle_seconds": (6 + 9 + 8) * days // 3,
    }
    bens = report(ben, VELOCITY, pipeline_id=pipeline["id"])
    assert (bens["won"], bens["lost"], bens["win_rate"]) == (1, 0, 1.0)
    assert [stage["entered"] for stage in bens["stages"]] == [1, 1, 1, 0]
    late = report(ada, VELOCITY, pipeline_id=pipeline["id"], days=3)
    assert (late["won"], late["lost"], late["win_rate"]) == (1, 1, 0.5)
    assert [stage["entered"] for stage in late["stages"]] == [1, 0, 1, 1]


def test_the_velocity_of_all_pipelines(ada: Client, pipeline: Any) -> None:
    other = new_pipeline(ada, "Second")
    moved(deal(ada, pipeline), pipeline, 2, 1)
    moved(deal(ada, other), other, 3, 1)
    found = report(ada, VELOCITY)
    assert {stage["id"] for one in (pipeline, other) for stage in one["stages"]} <= {
        stage["stage_id"] for stage in found["stages"]
    }
    assert (found["won"], found["lost"], found["win_rate"]) == (1, 1, 0.5)


def test_a_velocity_of_nothing(ada: Client, pipeline: Any) -> None:
    found = report(ada, VELOCITY, pipeline_id=pipeline["id"])
    assert {found[name] for name in ("win_rate", "average_cycle_seconds")} == {None}
    assert (found["won"], found["lost"]) == (0, 0)
    assert [(one["entered"], one["average_seconds"]) for one in found["stages"]] == [(0, None)] * 4


def activity(client: Client, kind: str, back: int, **fields: Any) -> None:
    made = new_activity(
        str(client.organization_id), type=kind, assigned_to=client.user_id, **fields
    )
    written(made.model_copy(update={"created_on": moment(back)}))


def test_a_summary_of_activities(ada: Client, ben: Client, eve: Client) -> None:
    activity(ada, "task", 0)
    activity(ben, "task", 1, is_completed=True, completed_on=moment(0))
    for kind in ("event", "email", "note", "call", "call"):
        activity(ben, kind, 2)
    activity(ben, "note", 3)
    activity(eve, "note", 0)

    def row(back: int, **numbers: int) -> Any:
        zeros = dict.fromkeys(("task", "event", "email", "note", "call", "completed"), 0)
        return {"date": day(back), **zeros, **numbers}

    busy = row(2, event=1, email=1, note=1, call=2)
    bens = {"days": [busy, row(1, task=1), row(0, completed=1)]}
    adas = {"days": [row(2), row(1), row(0, task=1)]}
    assert report(ada, ACTIVITIES, days=3) == {
        "days": [busy, row(1, task=1), row(0, task=1, completed=1)]
    }
    assert report(ada, ACTIVITIES, days=3, assigned_to=ben.user_id) == bens
    assert report(ada, ACTIVITIES, days=3, scope="mine") == adas
    assert report(ada, ACTIVITIES, days=1, assigned_to="nobody") == {"days": [row(0)]}
    assert report(ben, ACTIVITIES, days=3) == bens
    assert report(ben, ACTIVITIES, days=3, assigned_to=ben.user_id) == bens
    month = report(ada, ACTIVITIES)["days"]
    assert [one["date"] for one in month] == [day(back) for back in range(29, -1, -1)]
    assert len(report(ada, ACTIVITIES, days=365)["days"]) == 365


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (f"{FORECAST}?scope=organization", (403, "permission_denied")),
        (f"{VELOCITY}?scope=organization", (403, "permission_denied")),
        (f"{ACTIVITIES}?scope=organization", (403, "permission_denied")),
        (f"{ACTIVITIES}?assigned_to=somebody-else", (403, "permission_denied")),
        (f"{FORECAST}?pipeline_id={UNKNOWN}", (404, "not_found")),
        (f"{VELOCITY}?pipeline_id={UNKNOWN}", (404, "not_found")),
        (f"{FORECAST}?pipeline_id=x", (422, "validation_failed")),
        (f"{FORECAST}?months=0", (422, "validation_failed")),
        (f"{FORECAST}?months=37", (422, "validation_failed")),
        (f"{VELOCITY}?days=0", (422, "validation_failed")),
        (f"{VELOCITY}?days=366", (422, "validation_failed")),
        (f"{ACTIVITIES}?days=366", (422, "validation_failed")),
        (f"{ACTIVITIES}?assigned_to=a%23b", (422, "validation_failed")),
        (f"{ACTIVITIES}?scope=theirs", (422, "validation_failed")),
        (f"{FORECAST}?days=3", (400, "unknown_parameter")),
        ("/api/reports", (404, "not_found")),
    ],
)
def test_what_cannot_be_asked_for(ben: Client, path: str, problem: tuple[int, str]) -> None:
    for headers in ({}, {"accept": "image/svg+xml"}):
        assert ben.get(path, headers=headers).problem == problem


def test_reports_of_another_organization(ada: Client, eve: Client, pipeline: Any) -> None:
    path = f"{VELOCITY}?pipeline_id={pipeline['id']}"
    assert eve.get(path).problem == (404, "not_found")
    assert eve.within(ada.organization_id).get(FORECAST).problem == (403, "not_a_member")


@pytest.mark.parametrize("path", [FORECAST, VELOCITY, ACTIVITIES])
def test_each_report_as_a_picture(ada: Client, pipeline: Any, path: str) -> None:
    deal(ada, pipeline, expected_close_date=f"{month(0)}-28")
    reply = ada.get(path, headers={"accept": "image/svg+xml"})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "image/svg+xml")
    assert reply.headers["Vary"] == "Accept"
    root = ElementTree.fromstring(reply.text)  # noqa: S314
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "<script" not in reply.text
    either = ada.get(path, headers={"accept": "application/json, image/svg+xml;q=0.9"})
    assert (either.status, either.headers["Vary"]) == (200, "Accept")
    assert either.json == report(ada, path)
