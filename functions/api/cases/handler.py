"""/api/cases"""

from crm.http.app import App
from crm.http.record_routes import OwnedRoutes
from crm.sales.cases.service import CASES

app = App()

OwnedRoutes(
    app,
    CASES,
    summaries={
        "create": "Make a case, the caller's unless it says whose.",
        "replace": "Change a case as a whole. Its status says whether it is closed.",
        "update": "Change a case in part. Its status says whether it is closed.",
        "delete": "Delete a case with its activities and attachments.",
    },
)

handler = app
