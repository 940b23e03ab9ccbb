"""The organization of the demo, its members and its teams."""

from dataclasses import dataclass
from typing import Any

from local.demo.api import Api

ORGANIZATION = "Northwind Demo"
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


def organization(api: Api) -> dict[str, Any]:
    standing = {row["name"]: row for row in api.list("/api/organizations")}
    if ORGANIZATION in standing:
        return standing[ORGANIZATION]
    return api.post("/api/organizations", {"name": ORGANIZATION, "default_currency": "EUR"})


def members(api: Api) -> list[dict[str, Any]]:
    standing = {row["email"] for row in api.list("/api/members")}
    for person in COLLEAGUES:
        if person.email not in standing:
            api.post("/api/members", vars(person))
    return sorted(api.list("/api/members"), key=lambda row: (row["role"], row["email"]))


def teams(api: Api, ids: dict[str, str]) -> list[dict[str, Any]]:
    standing = {row["name"] for row in api.list("/api/teams")}
    for name, emails in TEAMS.items():
        if name not in standing:
            api.post("/api/teams", {"name": name, "users": [ids[email] for email in emails]})
    return api.list("/api/teams")
