"""/api/teams"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
from crm.records import team_deletion
from crm.tenancy.teams import service
from crm.tenancy.teams.schemas import TeamAnswer, TeamCreate

app = App()


@app.post("/api/teams", body=TeamCreate, answer=TeamAnswer)
def create_team(request: Request, body: TeamCreate) -> Response:
    """Make a team. Admins only."""
    team = service.create(request.transaction, request.caller, request.new_id, body)
    return created(f"/api/teams/{team.id}", team, team.answer())


@app.get("/api/teams", query=PageQuery, answer=TeamAnswer, listed=True)
def list_teams(request: Request, query: PageQuery) -> Response:
    """The organization's teams with their users, newest first."""
    return page(
        request,
        query,
        service.list_all(request.caller),
        lambda rows: [team.answer() for team in service.of_entries(request.caller, rows)],
    )


@app.get("/api/teams/<team_id>", answer=TeamAnswer)
def read_team(request: Request, team_id: str) -> Response:
    """One team with its users."""
    team = service.find(request.caller, team_id)
    return ok(team, team.answer())


@app.put("/api/teams/<team_id>", body=TeamCreate, answer=TeamAnswer)
def replace_team(request: Request, team_id: str, body: TeamCreate) -> Response:
    """Change a team as a whole. Admins only."""
    return _update(request, team_id, body)


@app.patch("/api/teams/<team_id>", body=TeamCreate, answer=TeamAnswer)
def update_team(request: Request, team_id: str, body: Patch[TeamCreate]) -> Response:
    """Change a team in part; `users`, if named, as a whole. Admins only."""
    return _update(request, team_id, body)


@app.delete("/api/teams/<team_id>")
def delete_team(request: Request, team_id: str) -> Response:
    """Dissolve a team: what was shared with it is no longer, at once. Admins only."""
    old = service.find(request.caller, team_id)
    request.require_match(old)
    team_deletion.delete(request.caller, old)
    return no_content()


def _update(request: Request, team_id: str, body: TeamCreate | Patch[TeamCreate]) -> Response:
    old = service.find(request.caller, team_id)
    request.require_match(old)
    whole = body.over(old) if isinstance(body, Patch) else body
    new = service.update(request.transaction, request.caller, old, whole)
    return ok(new, new.answer())


handler = app
