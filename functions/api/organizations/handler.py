"""/api/organizations"""

from crm.http.app import App
from crm.http.pagination import page
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok
from crm.platform.fields import PageQuery
from crm.platform.merge_patch import Patch
from crm.tenancy.organizations import service
from crm.tenancy.organizations.schemas import Organization, OrganizationCreate, OrganizationReplace

app = App()


@app.post("/api/organizations", body=OrganizationCreate, answer=Organization, organization=False)
def found_organization(request: Request, body: OrganizationCreate) -> Response:
    """Found an organization. The caller becomes its admin."""
    # Few requests create or delete an organization, and these need far more modules.
    from crm.administration.tenants import provisioning

    organization = provisioning.provision(
        request.transaction, request.new_id, request.identity.user_id, body
    )
    return created(f"/api/organizations/{organization.id}", organization, organization.answer())


@app.get(
    "/api/organizations", query=PageQuery, answer=Organization, listed=True, organization=False
)
def list_organizations(request: Request, query: PageQuery) -> Response:
    """The organizations that the caller is a member of, newest first."""
    mine = service.list_mine(request.identity.user_id)
    return page(
        request, query, mine, lambda rows: [one.answer() for one in service.of_entries(rows)]
    )


@app.get("/api/organizations/<organization_id>", answer=Organization, organization=False)
def read_organization(request: Request, organization_id: str) -> Response:
    """One of the caller's organizations."""
    organization = service.read_organization(request.caller_in(organization_id))
    return ok(organization, organization.answer())


@app.patch(
    "/api/organizations/<organization_id>",
    body=OrganizationReplace,
    answer=Organization,
    organization=False,
)
def update_organization(
    request: Request, organization_id: str, body: Patch[OrganizationReplace]
) -> Response:
    """Rename an organization, or change its default currency. Admins only."""
    caller = request.caller_in(organization_id)
    old = service.read_organization(caller)
    request.require_match(old)
    new = service.update(request.transaction, caller, old, body.over(old))
    return ok(new, new.answer())


@app.delete("/api/organizations/<organization_id>", organization=False)
def delete_organization(request: Request, organization_id: str) -> Response:
    """Delete an organization and erase all that it has. Admins only; it cannot be undone.

    From the answer on it exists for nobody, its members included. Records, files and what Brook
    has kept about them are erased in the hours after it, for good a day later.
    """
    from crm.administration.tenants import deletion

    caller = request.caller_in(organization_id)
    old = service.read_organization(caller)
    request.require_match(old)
    deletion.delete(request.transaction, caller, old)
    return no_content()


handler = app
