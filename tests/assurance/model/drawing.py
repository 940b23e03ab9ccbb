"""Strategies for the steps of a history: users, records, bodies and faults."""

from typing import Any

from hypothesis import strategies as some

from tests.assurance.model.injector import KINDS, Fault
from tests.assurance.model.state import PATHS
from tests.support.interleaving import Point

FOUNDER, OTHERS = "ada", ("ben", "cleo", "dora")
PEOPLE = (FOUNDER, *OTHERS)

OWNER = "owner"
"""Stands for whoever a record is assigned to."""

NAMES = ("Acme", "ACME", "Beta", "Broad Street")
UNKNOWN = "01a1ffdb-0000-7000-8000-000000000000"

anybody = some.sampled_from(PEOPLE)
boss = some.sampled_from((*(FOUNDER,) * 5, *OTHERS))
colleague = some.sampled_from((FOUNDER, *OTHERS, *OTHERS))
someone = some.sampled_from((*PEOPLE, *(OWNER,) * 6))
pick = some.integers(0, 7)
users = some.sets(some.sampled_from(PEOPLE), max_size=3)
yes = some.booleans()
seldom = some.sampled_from((False, False, False, True))
mostly = some.sampled_from((True, True, True, False))
fault = some.builds(
    Fault,
    some.sampled_from(KINDS),
    some.sampled_from((0, 0, 0, 1, 1, 2, 3, 5, 8)),
    some.sampled_from((1, 1, 2, 4, 9)),
    mostly,
)
faults = some.one_of(some.just(()), some.tuples(fault), some.tuples(fault, fault))
if_match = some.sampled_from((None, None, None, "now", "now", "stale"))

points = some.sampled_from(
    (
        Point("commit"),
        *(Point("held", at) for at in (0, 0, 0, 1, 2)),
        *(Point("call", at) for at in (1, 2, 3, 4)),
    )
)

_OWNER: dict[str, Any] = {
    "assigned_to": some.sampled_from((*PEOPLE, *PEOPLE, *PEOPLE, None, "nobody")),
    "shared_with": some.sampled_from(((), (0,), (0,), (1,), (0, 1), (0,), (1,), (9,))),
}
_CUSTOM = some.sampled_from(
    (*({},) * 6, {"tone": "red"}, {"tone": "5"}, {"tone": None}, {"size": 7}, {"other": 1})
)
_AMOUNT = some.sampled_from((None, "10.00", "0.01", 12.5, "33.35", 7, "0.05", "1.234"))

BODIES: dict[str, Any] = {
    "entity": some.fixed_dictionaries(
        {"type": some.sampled_from(("account", "account", "contact"))},
        optional={
            "name": some.sampled_from(NAMES),
            "status": some.sampled_from(("active", "inactive")),
            "note": some.sampled_from((None, "Good")),
            "custom_fields": _CUSTOM,
            **_OWNER,
        },
    ),
    "lead": some.fixed_dictionaries(
        {},
        optional={
            "last_name": some.sampled_from(NAMES),
            "organization_name": some.sampled_from((None, *NAMES)),
            "email": some.sampled_from((None, "ann@example.com", "bob@example.com")),
            "status": some.sampled_from(("assigned", "in_process", "closed")),
            "amount": _AMOUNT,
            **_OWNER,
        },
    ),
    "deal": some.fixed_dictionaries(
        {},
        optional={
            "stage_id": some.sampled_from((0, 1, 2, 3, 4, 5, 4, 5, 9)),
            "entity_id": pick,
            "name": some.sampled_from(NAMES),
            "amount": _AMOUNT,
            "expected_close_date": some.sampled_from((None, "2031-01-31")),
            "custom_fields": _CUSTOM,
            **_OWNER,
        },
    ),
    "case": some.fixed_dictionaries(
        {},
        optional={
            "name": some.sampled_from(NAMES),
            "status": some.sampled_from(("new", "pending", "closed", "closed", "duplicate")),
            "priority": some.sampled_from(("low", "urgent")),
            "entity_id": some.sampled_from((None, 0, 0, 1, 2, 5)),
            "description": some.sampled_from((None, "Bad")),
            "custom_fields": _CUSTOM,
            **_OWNER,
        },
    ),
    "activity": some.fixed_dictionaries(
        {},
        optional={
            "subject": some.sampled_from(NAMES),
            "about": some.tuples(some.sampled_from(("entity", "deal", "case", "lead")), pick),
            "done": some.sampled_from(
                (
                    {"status": "completed"},
                    {"status": "waiting"},
                    {"is_completed": True},
                    {"is_completed": False},
                )
            ),
            "due_date": some.sampled_from((None, "2031-01-31", "2030-06-01")),
            "assigned_to": _OWNER["assigned_to"],
        },
    ),
}
"""Bodies in which records, teams and stages are numbers, as their ids are not known yet."""

DOCUMENT = some.fixed_dictionaries(
    {},
    optional={
        "title": some.sampled_from(NAMES),
        "status": some.sampled_from(("active", "inactive")),
        "shared_with": _OWNER["shared_with"],
    },
)

kinds = some.sampled_from(tuple(PATHS))
two_bodies = kinds.flatmap(lambda kind: some.tuples(some.just(kind), BODIES[kind], BODIES[kind]))
