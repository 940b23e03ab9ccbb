"""Leads of the demo: from a fair and the website, one of them converted."""

from typing import Any

from local.demo.api import Api

LEADS: list[dict[str, Any]] = [
    {
        "first_name": "Ines",
        "last_name": "Carvalho",
        "organization_name": "Porto Cold Chain",
        "email": "ines@portocold.example",
        "phone": "+351 21 123 4567",
        "source": "Logistics fair",
        "status": "in_process",
        "amount": "9800",
    },
    {
        "first_name": "Ole",
        "last_name": "Lindqvist",
        "organization_name": "Bergström AB",
        "email": "ole@bergstrom.example",
        "source": "Referral",
        "amount": "4200",
    },
    {"last_name": "Okafor", "email": "okafor@quayside.example", "source": "Website"},
    {
        "first_name": "Pia",
        "last_name": "Holm",
        "organization_name": "Holm & Daughters",
        "source": "Website",
        "status": "recycled",
    },
]

CONVERTED: dict[str, Any] = {
    "first_name": "Yusuf",
    "last_name": "Demir",
    "organization_name": "Demir Shipping",
    "email": "yusuf@demir.example",
    "phone": "+90 212 555 0142",
    "source": "Logistics fair",
    "amount": "15400",
}


def make(seller: Api, team_ids: dict[str, str]) -> None:
    """Create the missing leads.

    Args:
        seller: the API as called by the owner of the leads.
        team_ids: ids of the teams, by name.
    """
    standing = {row["last_name"]: row for row in seller.list("/api/leads")}
    for lead in [*LEADS, CONVERTED]:
        if lead["last_name"] not in standing:
            made = seller.post("/api/leads", {**lead, "shared_with": [team_ids["Sales"]]})
            standing[made["last_name"]] = made
            seller.post(
                "/api/activities",
                {
                    "type": "task",
                    "subject": f"Call {made['last_name']} back",
                    "related_to_type": "lead",
                    "related_to_id": made["id"],
                },
            )
    demir = standing[CONVERTED["last_name"]]
    if demir["status"] != "converted":
        body = {"create_deal": True, "deal_name": "Demir: 25 seats"}
        seller.post(f"/api/leads/{demir['id']}/convert", body)
