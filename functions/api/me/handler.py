"""/api/me"""

from crm.http.app import App
from crm.http.request import Request
from crm.http.response import Response
from crm.tenancy.me import service
from crm.tenancy.me.schemas import Me

app = App()


@app.get("/api/me", answer=Me, organization=False)
def read_me(request: Request) -> Response:
    """The caller, their organizations and, in the one that is named, their role and teams."""
    caller = request.caller if request.organization_header else None
    me = service.me(request.identity.user_id, caller)
    return Response(200, me.model_dump(exclude_none=True))


handler = app
