"""/api/tickets"""

from crm.http.app import App
from crm.http.record_routes import OwnedRoutes
from tests.support.new_kind.service import TICKETS

app = App()

OwnedRoutes(
    app,
    TICKETS,
    summaries={
        "create": "Make a ticket, the caller's unless it says whose.",
        "replace": "Change a ticket as a whole.",
        "update": "Change a ticket in part.",
        "delete": "Delete a ticket with its activities and attachments.",
    },
)

handler = app
