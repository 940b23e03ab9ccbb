"""The demo organization: created once, by requests like those of any client."""

from typing import Any

from local.clients import ClientFactory
from local.demo import cases, deals, documents, entities, leads, past, people, rules
from local.demo.api import Api
from local.settings import Settings
from tools.ops.users import Users


def seed(settings: Settings, client: ClientFactory, outputs: dict[str, str]) -> dict[str, Any]:
    """Create the demo organization, or its missing parts if an earlier start was interrupted.

    Returns the content of `.local/demo.json`.
    """
    users = Users(client, outputs)
    founder = people.FOUNDER
    users.ensure(founder.email, founder.first_name, founder.last_name)
    api = Api(settings.api_url, users.token(founder.email))
    organization = people.organization(api)
    api.enter(organization["id"])
    members = people.members(api)
    teams = people.teams(api, {member["email"]: member["id"] for member in members})
    apis = {
        member["email"]: Api(settings.api_url, users.token(member["email"])) for member in members
    }
    for own in apis.values():
        own.enter(organization["id"])
    team_ids = {team["name"]: team["id"] for team in teams}
    documents.make(apis, team_ids)
    entities.make(api, apis["max@example.com"], team_ids)
    with past.on_the_tables_of(settings, outputs):
        user_ids = {member["email"]: member["id"] for member in members}
        deals.make(api, organization["id"], user_ids, team_ids)
    leads.make(apis["max@example.com"], team_ids)
    cases.make(api, team_ids)
    rules.make(api, team_ids)
    return {
        "organization_id": organization["id"],
        "users": [{key: member[key] for key in ("email", "role", "id")} for member in members],
        "teams": [{"id": team["id"], "name": team["name"]} for team in teams],
    }
