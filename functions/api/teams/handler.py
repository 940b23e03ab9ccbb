"""/api/teams"""

from crm.http.app import App
from crm.http.request import Request
from crm.http.resource_routes import ResourceRoutes
from crm.http.response import Response, no_content
from crm.records import team_deletion
from crm.tenancy.teams import service
from crm.tenancy.teams.schemas import TeamAnswer, TeamCreate

app = App()


class TeamRoutes(ResourceRoutes[TeamAnswer, TeamCreate]):
    """Routes of teams: with a team its access to records is deleted."""

    def delete(self, request: Request, record_id: str) -> Response:
        team_deletion.delete(request.caller, self.to_change(request, record_id))
        return no_content()


TeamRoutes(
    app,
    service,
    TeamAnswer,
    body=TeamCreate,
    summaries={
        "create": "Make a team. Admins only.",
        "list": "The organization's teams with their users, newest first.",
        "read": "One team with its users.",
        "replace": "Change a team as a whole. Admins only.",
        "update": "Change a team in part; `users`, if named, as a whole. Admins only.",
        "delete": "Dissolve a team: what was shared with it is no longer, at once. Admins only.",
    },
)

handler = app
