"""/api/activities"""

from crm.activities import service
from crm.activities.schemas import Activity, ActivityAnswer, ActivityQuery, ActivityWrite
from crm.web.app import App
from crm.web.owned import OwnedRoutes

app = App()

OwnedRoutes(
    app,
    service,
    Activity,
    ("activity", "activities"),
    body=ActivityWrite,
    query=ActivityQuery,
    answer=ActivityAnswer,
    summaries={
        "create": "Make a task, an event, an email, a note or a call, by itself or about a record.",
        "list": """The caller's activities, or all about a record.

            The caller's are those that they made or that are assigned to them; for admins, all.
            About a record that they may see, they are listed all.
            """,
        "read": "One activity. Whoever may see the record that it is about may read it.",
        "replace": "Change an activity as a whole. It keeps its type.",
        "update": (
            "Change an activity in part. To complete a task, `status` or `is_completed` will do."
        ),
        "delete": "Delete an activity with its attachments.",
    },
)

handler = app
