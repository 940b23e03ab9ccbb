"""/api/cases"""

from functools import partial

from crm.http.app import App
from crm.http.record_routes import OwnedRoutes, Patching
from crm.http.request import Request
from crm.platform.merge_patch import Patch
from crm.sales.cases import service
from crm.sales.cases.schemas import Case, CaseQuery, CaseWrite

app = App()


class CaseRoutes(OwnedRoutes[Case, CaseWrite, CaseQuery]):
    """Routes of cases: the entity that a PATCH names is read in parallel with the case."""

    def patching(self, request: Request, changes: Patch[CaseWrite]) -> Patching[Case, CaseWrite]:
        return partial(service.patch, entity=service.look_for_entity(request.caller, changes))


CaseRoutes(
    app,
    service,
    Case,
    ("case", "cases"),
    body=CaseWrite,
    query=CaseQuery,
    answer=Case,
    summaries={
        "create": "Make a case, the caller's unless it says whose.",
        "replace": "Change a case as a whole. Its status says whether it is closed.",
        "update": "Change a case in part. Its status says whether it is closed.",
        "delete": "Delete a case with its activities and attachments.",
    },
)

handler = app
