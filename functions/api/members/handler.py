"""/api/members"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
from crm.tenancy.members import service
from crm.tenancy.members.schemas import Member, MemberCreate, MemberReplace

app = App()


@app.post("/api/members", body=MemberCreate, answer=Member)
def invite_member(request: Request, body: MemberCreate) -> Response:
    """Make somebody a member; a new user is invited by email. Admins only."""
    member = service.invite(request.transaction, request.caller, body)
    return created(f"/api/members/{member.id}", member, member.answer())


@app.get("/api/members", query=PageQuery, answer=Member, listed=True)
def list_members(request: Request, query: PageQuery) -> Response:
    """The organization's members, newest first."""
    members = service.list_all(request.caller)
    return page(request, query, members, lambda rows: service.rows(request.caller, rows))


@app.get("/api/members/<user_id>", answer=Member)
def read_member(request: Request, user_id: str) -> Response:
    """One member."""
    member = service.find(request.caller, user_id)
    return ok(member, member.answer())


@app.patch("/api/members/<user_id>", body=MemberReplace, answer=Member)
def update_member(request: Request, user_id: str, body: Patch[MemberReplace]) -> Response:
    """Change a member's name, role or activity. Admins only; the last admin stays one."""
    old = service.find(request.caller, user_id)
    request.require_match(old)
    new = service.update(request.transaction, request.caller, old, body.over(old))
    return ok(new, new.answer())


@app.delete("/api/members/<user_id>")
def remove_member(request: Request, user_id: str) -> Response:
    """End a membership. Admins only; the last admin stays."""
    old = service.find(request.caller, user_id)
    request.require_match(old)
    service.remove(request.transaction, request.caller, old)
    return no_content()


handler = app
