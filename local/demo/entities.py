"""People and companies of the demo, with their child items, and the custom fields of Northwind."""

from typing import Any

from local.demo.api import Api

CUSTOM_FIELDS: list[dict[str, Any]] = [
    {
        "record_type": "entity",
        "field_name": "tier",
        "field_label": "Tier",
        "field_type": "choice",
        "choices": ["gold", "silver", "bronze"],
        "default_value": "bronze",
    },
    {
        "record_type": "entity",
        "field_name": "renewal",
        "field_label": "Renewal",
        "field_type": "date",
        "help_text": "When the contract ends.",
    },
]

COMPANIES: list[dict[str, Any]] = [
    {
        "entity": {
            "type": "account",
            "name": "Aldgate Logistics",
            "legal_name": "Aldgate Logistics Ltd",
            "custom_fields": {"tier": "gold", "renewal": "2027-03-31"},
        },
        "identifiers": [{"type": "vat", "value": "GB 123 4567 82", "is_primary": True}],
        "contact-points": [
            {"channel": "website", "value": "https://aldgate.example"},
            {"channel": "phone", "value": "+44 20 7946 0958", "is_primary": True},
        ],
        "addresses": [
            {
                "kind": "billing",
                "line1": "4 Wharf Road",
                "city": "London",
                "postal_code": "E1 6AN",
                "country": "GB",
                "is_primary": True,
            }
        ],
        "people": ["Ruth Ellison", "Tomás Alves"],
        "team": "Sales",
    },
    {
        "entity": {
            "type": "account",
            "name": "Bergström AB",
            "note": "Escalated in November; handle with care.",
            "custom_fields": {"tier": "silver"},
        },
        "identifiers": [{"type": "registration", "value": "556677-8899", "country": "SE"}],
        "contact-points": [{"channel": "email", "value": "kontakt@bergstrom.example"}],
        "addresses": [{"kind": "office", "line1": "Storgatan 1", "city": "Malmö", "country": "SE"}],
        "people": ["Elsa Bergström"],
        "team": "Support",
    },
    {
        "entity": {"type": "organization", "name": "Harbour Chamber of Commerce"},
        "identifiers": [],
        "contact-points": [{"channel": "website", "value": "https://harbour-chamber.example"}],
        "addresses": [],
        "people": ["Noor Haddad"],
        "team": "Sales",
    },
]


def make(admin: Api, seller: Api, team_ids: dict[str, str]) -> None:
    """Create the missing custom fields and entities.

    Args:
        admin: the API as called by an admin.
        seller: the API as called by the owner of the companies.
        team_ids: ids of the teams, by name.
    """
    defined = {row["field_name"] for row in admin.list("/api/custom-fields")}
    for field in CUSTOM_FIELDS:
        if field["field_name"] not in defined:
            admin.post("/api/custom-fields", field)
    standing = {row["name"] for row in seller.list("/api/entities")}
    for company in COMPANIES:
        if company["entity"]["name"] not in standing:
            _make_one(seller, company, team_ids)


def _make_one(api: Api, company: dict[str, Any], team_ids: dict[str, str]) -> None:
    sharing = {"shared_with": [team_ids[company["team"]]]}
    people = [
        api.post("/api/entities", {"type": "contact", "name": name, **sharing})
        for name in company["people"]
    ]
    made = api.post("/api/entities", {**company["entity"], **sharing})
    path = f"/api/entities/{made['id']}"
    for collection in ("identifiers", "contact-points", "addresses"):
        for part in company[collection]:
            api.post(f"{path}/{collection}", part)
    for person in people:
        related = {"relationship_type": "employs", "inverse_type": "works at"}
        api.post(f"{path}/relationships", {"to_entity": person["id"], **related})
