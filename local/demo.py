"""The demo organization: made once, through the API, as any client would make it."""

from dataclasses import dataclass
from typing import Any

import httpx

from local.clients import ClientFactory
from local.errors import LocalStackError
from local.settings import Settings
from local.users import Users

NAME = "Northwind Demo"
TEAMS = {
    "Sales": ["max@example.com", "mia@example.com"],
    "Support": ["mia@example.com", "sam@example.com"],
}


@dataclass(frozen=True)
class Person:
    email: str
    first_name: str
    last_name: str
    role: str


FOUNDER = Person("ada@example.com", "Ada", "Lindqvist", "admin")
COLLEAGUES = [
    Person("ben@example.com", "Ben", "Okafor", "admin"),
    Person("max@example.com", "Max", "Moreau", "member"),
    Person("mia@example.com", "Mia", "Santos", "member"),
    Person("sam@example.com", "Sam", "Petrov", "member"),
    Person("zoe@example.com", "Zoe", "Tanaka", "member"),
]


def seed(settings: Settings, client: ClientFactory, outputs: dict[str, str]) -> dict[str, Any]:
    """Make the demo organization, or what is missing of it; a former start may have begun.

    Answers what `.local/demo.json` is to say.
    """
    users = Users(client, outputs)
    users.ensure(FOUNDER.email, FOUNDER.first_name, FOUNDER.last_name)
    with httpx.Client(
        base_url=settings.api_url,
        headers={"authorization": f"Bearer {users.token(FOUNDER.email)}"},
        timeout=60,
    ) as api:
        organization = _organization(api)
        api.headers["organization-id"] = organization["id"]
        members = _members(api)
        teams = _teams(api, {member["email"]: member["id"] for member in members})
    return {
        "organization_id": organization["id"],
        "users": [{key: member[key] for key in ("email", "role", "id")} for member in members],
        "teams": [{"id": team["id"], "name": team["name"]} for team in teams],
    }


def _organization(api: httpx.Client) -> dict[str, Any]:
    standing = {row["name"]: row for row in _list(api, "/api/organizations")}
    if NAME in standing:
        return standing[NAME]
    return _post(api, "/api/organizations", {"name": NAME, "default_currency": "EUR"})


def _members(api: httpx.Client) -> list[dict[str, Any]]:
    standing = {row["email"] for row in _list(api, "/api/members")}
    for person in COLLEAGUES:
        if person.email not in standing:
            _post(api, "/api/members", vars(person))
    return sorted(_list(api, "/api/members"), key=lambda row: (row["role"], row["email"]))


def _teams(api: httpx.Client, ids: dict[str, str]) -> list[dict[str, Any]]:
    standing = {row["name"] for row in _list(api, "/api/teams")}
    for name, emails in TEAMS.items():
        if name not in standing:
            _post(api, "/api/teams", {"name": name, "users": [ids[email] for email in emails]})
    return _list(api, "/api/teams")


def _list(api: httpx.Client, path: str) -> list[dict[str, Any]]:
    body = _checked(api.get(path, params={"limit": 100}))
    rows: list[dict[str, Any]] = body.get("results", [])
    return rows


def _post(api: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    return _checked(api.post(path, json=body))


def _checked(response: httpx.Response) -> dict[str, Any]:
    try:
        response.raise_for_status()
        body: dict[str, Any] = response.json()
    except (httpx.HTTPStatusError, ValueError) as error:
        asked = f"{response.request.method} {response.request.url.path}"
        raise LocalStackError(
            f"{asked} gave {response.status_code}: {response.text[:300]}"
        ) from error
    return body
