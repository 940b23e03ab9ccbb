"""Cases of the demo: its customers' questions and problems."""

from typing import Any

from local.demo.api import Api

CASES: list[dict[str, Any]] = [
    {
        "name": "Export misses the last column",
        "with_whom": "Bergström AB",
        "case_type": "problem",
        "priority": "high",
        "status": "assigned",
        "description": "Since Monday, in each export of more than 10,000 rows.",
    },
    {
        "name": "How are seats counted?",
        "with_whom": "Aldgate Logistics",
        "status": "closed",
    },
    {
        "name": "Nobody can sign in",
        "with_whom": "Harbour Chamber of Commerce",
        "case_type": "incident",
        "priority": "urgent",
        "status": "pending",
        "description": "Their identity provider had a certificate that ran out.",
    },
    {"name": "Wish: dark theme", "with_whom": "Aldgate Logistics", "priority": "low"},
]


def make(admin: Api, team_ids: dict[str, str]) -> None:
    """Create the missing cases.

    Args:
        admin: the API as called by an admin.
        team_ids: ids of the teams, by name.
    """
    standing = {row["name"] for row in admin.list("/api/cases")}
    companies = {row["name"]: row["id"] for row in admin.list("/api/entities")}
    for case in CASES:
        if case["name"] not in standing:
            fields = {name: value for name, value in case.items() if name != "with_whom"}
            whose = {"entity_id": companies[case["with_whom"]]}
            admin.post("/api/cases", {**fields, **whose, "shared_with": [team_ids["Support"]]})
