"""/api/erasures"""

from crm.administration.erasure import service
from crm.administration.erasure.schemas import Erasure, ErasureCreate
from crm.http.app import App
from crm.http.job_routes import JobRoutes
from crm.http.request import Request
from crm.http.response import Response

app = App()


@app.post("/api/erasures", body=ErasureCreate, answer=Erasure)
def create_erasure(request: Request, body: ErasureCreate) -> Response:
    """Erase all that is held of one person. Admins only; it cannot be undone.

    With the answer the record is deleted, as by its own DELETE. Then goes what that leaves behind:
    histories, what rules did, notifications and deliveries, versions of files, answers to
    Idempotency-Keys, and all files of the organization's exports and imports. An entity goes with
    those that were merged with it. Of a member, name and address go; what they made keeps the
    bare user id, and whoever is in no other organization loses their account.
    """
    job = service.create(
        request.transaction,
        request.caller,
        request.identity.is_super_admin,
        request.new_id,
        body,
    )
    return Response(201, job.answer(), {"Location": f"/api/erasures/{job.id}"})


JobRoutes(
    app,
    Erasure,
    ("erasure", "erasures"),
    {
        "list": (
            "The organization's erasures, newest first. Admins only. They are kept for 30 days."
        ),
        "read": "How far an erasure is. Admins only.",
    },
)


handler = app
