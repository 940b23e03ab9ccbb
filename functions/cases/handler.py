"""/api/cases"""

from crm.cases import service
from crm.cases.schemas import Case, CaseQuery, CaseWrite
from crm.web.app import App
from crm.web.owned import OwnedRoutes

app = App()

OwnedRoutes(
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
