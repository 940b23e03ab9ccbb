"""Deals of the demo, which began months ago, and their activities.

All dates are relative to the day on which the demo is created: at any time, there are deals that
were won last month, and others that are expected to close in the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local.demo.api import Api
from local.demo.past import Past

WORKDAY_STARTS = 8


@dataclass(frozen=True)
class Step:
    """A move to a stage, `after_days` days after the previous step."""

    stage: str
    after_days: int
    note: str | None = None


@dataclass(frozen=True)
class Business:
    """A deal of the demo.

    Attributes:
        with_whom: the name of the company.
        by: email of its owner.
        days_ago: days since it began.
        closes_in_days: days until its expected close date; negative for closed deals.
        paper: title of a document that is attached to it.
    """

    name: str
    with_whom: str
    by: str
    amount: str
    days_ago: int
    closes_in_days: int
    steps: Sequence[Step] = ()
    currency: str = "EUR"
    paper: str | None = None


MAX, MIA = "max@example.com", "mia@example.com"
ALDGATE, BERGSTROM, CHAMBER = (
    "Aldgate Logistics",
    "Bergström AB",
    "Harbour Chamber of Commerce",
)

DEALS = [
    Business(
        "Aldgate: 40 seats",
        ALDGATE,
        MAX,
        "23900.00",
        96,
        -41,
        [
            Step("Qualified", 6),
            Step("Proposal", 14, "Offer rev. 2 sent."),
            Step("Negotiation", 18),
            Step("Won", 17, "Signed by Ruth Ellison."),
        ],
        paper="Offer for Aldgate Logistics, rev. 2",
    ),
    Business(
        "Aldgate: onboarding, second wave",
        ALDGATE,
        MAX,
        "6400.00",
        38,
        19,
        [Step("Qualified", 5), Step("Proposal", 12), Step("Negotiation", 9, "Net 30 agreed.")],
    ),
    Business("Aldgate: reporting add-on", ALDGATE, MAX, "3150.50", 12, 47, [Step("Qualified", 4)]),
    Business(
        "Bergström: pilot",
        BERGSTROM,
        MIA,
        "4800.00",
        88,
        -52,
        [Step("Qualified", 9), Step("Won", 25, "Pilot for one warehouse.")],
    ),
    Business(
        "Bergström: all warehouses",
        BERGSTROM,
        MIA,
        "31200.00",
        45,
        33,
        [Step("Qualified", 8), Step("Proposal", 16, "Waiting for their board.")],
    ),
    Business(
        "Bergström: support plan",
        BERGSTROM,
        MIA,
        "8900.00",
        60,
        -12,
        [Step("Qualified", 7), Step("Proposal", 10), Step("Lost", 29, "Went for the basic plan.")],
    ),
    Business(
        "Chamber: members' portal",
        CHAMBER,
        MIA,
        "14500.00",
        70,
        -8,
        [
            Step("Qualified", 12),
            Step("Proposal", 20),
            Step("Lost", 14, "Budget cut."),
            Step("Proposal", 10, "Budget is back."),
            Step("Won", 5),
        ],
    ),
    Business("Chamber: events module", CHAMBER, MAX, "5200.00", 25, 62, [Step("Qualified", 11)]),
    Business("Chamber: newsletter", CHAMBER, MAX, "1900.00", 9, 28),
    Business("Bergström: second site", BERGSTROM, MIA, "12750.00", 6, 95),
    Business("Aldgate: US office", ALDGATE, MAX, "18400.00", 20, 74, [Step("Qualified", 8)], "USD"),
    Business("Chamber: renewal 2027", CHAMBER, MIA, "7300.00", 3, 120),
]

CONTACTS: list[tuple[str, dict[str, Any]]] = [
    ("call", {"phone_number": "+44 20 7946 0958", "duration_seconds": 540}),
    (
        "email",
        {
            "from_address": "max@northwind.example",
            "to_addresses": ["ruth@aldgate.example"],
            "body": "As discussed, the offer is attached.",
            "is_outbound": True,
        },
    ),
    ("note", {"description": "Prefers to be called before noon."}),
]


def make(
    admin: Api,
    organization_id: str,
    user_ids: Mapping[str, str],
    team_ids: Mapping[str, str],
) -> None:
    """Create the missing deals, with their past and future activities.

    Args:
        admin: the API as called by an admin.
        organization_id: the id of the demo organization.
        user_ids: ids of the users, by email.
        team_ids: ids of the teams, by name.
    """
    standing = {row["name"] for row in admin.list("/api/deals")}
    companies = {row["name"]: row["id"] for row in admin.list("/api/entities")}
    [pipeline] = admin.list("/api/pipelines")
    stages = {stage["name"]: stage["id"] for stage in pipeline["stages"]}
    today = datetime.now(UTC).replace(hour=WORKDAY_STARTS, minute=0, second=0, microsecond=0)
    papers = {row["title"]: row["id"] for row in admin.list("/api/documents")}
    for number, one in enumerate(DEALS):
        if one.name not in standing:
            past = Past(user_ids[one.by], organization_id)
            began = today - timedelta(days=one.days_ago) + timedelta(minutes=37 * number)
            body = {
                "name": one.name,
                "entity_id": companies[one.with_whom],
                "amount": one.amount,
                "currency": one.currency,
                "expected_close_date": _date(today + timedelta(days=one.closes_in_days)),
                "shared_with": [team_ids["Sales"]],
            }
            deal = past.post(began, "/api/deals", body)
            _walk(past, deal, one, began, stages)
            _work(past, deal, number, began, today)
            if one.paper:
                about = {"related_to_type": "deal", "related_to_id": deal["id"]}
                admin.post("/api/attachments", {**about, "document_id": papers[one.paper]})


def _walk(
    past: Past, deal: dict[str, Any], one: Business, began: datetime, stages: Mapping[str, str]
) -> None:
    for moment, step in _moments(one.steps, began):
        body = {"stage_id": stages[step.stage], **({"note": step.note} if step.note else {})}
        past.post(moment, f"/api/deals/{deal['id']}/move", body)


def _moments(steps: Sequence[Step], began: datetime) -> Iterator[tuple[datetime, Step]]:
    moment = began
    for step in steps:
        moment += timedelta(days=step.after_days, hours=1)
        yield moment, step


def _work(past: Past, deal: dict[str, Any], number: int, began: datetime, today: datetime) -> None:
    """Create the activities of a deal: a call, an email and a note in turn, and a future task."""
    about = {"related_to_type": "deal", "related_to_id": deal["id"]}
    for turn in range(3):
        kind, fields = CONTACTS[(number + turn) % len(CONTACTS)]
        moment = min(began + timedelta(days=2 + 5 * turn, hours=2), today - timedelta(days=turn))
        subject = {"call": "Call about", "email": "Offer:", "note": "Remember:"}[kind]
        body = {"type": kind, "subject": f"{subject} {deal['name']}", **fields, **about}
        past.post(max(moment, began), "/api/activities", body)
    due = today + timedelta(days=number % 9 - 2)
    task = {"type": "task", "subject": f"Next step: {deal['name']}", "due_date": _date(due)}
    made = past.post(
        max(began, today - timedelta(days=number % 5)), "/api/activities", task | about
    )
    if number % 3 == 0:
        past.patch(today, f"/api/activities/{made['id']}", {"is_completed": True})


def _date(moment: datetime) -> str:
    return moment.date().isoformat()
