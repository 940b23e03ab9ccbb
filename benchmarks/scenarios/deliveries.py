"""What other services hand to functions: the bucket's events, the table's stream, an order."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

from benchmarks import files, jobs, stream
from benchmarks.functions import Event
from benchmarks.scenarios.scenario import Scenario
from benchmarks.world import FILE, World
from crm.related.activities.schemas import Activity
from crm.related.documents.schemas import Document
from crm.sales.deals.schemas import Deal
from crm.sales.pipelines.schemas import Pipeline
from crm.sales.reports.aggregates import recount


def _upload(world: World) -> Event:
    """A file has arrived for a document that waits for it."""
    name, content_type, content = FILE
    declared = {"name": name, "content_type": content_type, "size": len(content)}
    body = {"title": world.name("Quarterly report"), "file": declared, "shared_with": world.teams}
    key = world.send(world.admin.post("/api/documents", body))["upload"]["fields"]["key"]
    stored = world.stack.client("s3").put_object(
        Bucket=world.stack.outputs["Bucket"], Key=key, Body=content, ContentType=content_type
    )
    version = {"versionId": stored["VersionId"]} if "VersionId" in stored else {}
    return {"Records": [{"s3": {"object": {"key": quote_plus(key), **version}}}]}


def _import_file(world: World) -> Event:
    """The file of an import has arrived."""
    content = files.contacts(10)
    return jobs.uploaded(world, jobs.declared(world, content), content)


def _document_made(world: World) -> Event:
    return stream.event(world, Document, world.document(), None)


def _document_renamed(world: World) -> Event:
    document = world.document()
    before = stream.follow(world, Document, document)
    path = f"/api/documents/{document}"
    world.send(world.admin.patch(path, {"title": world.name("Quarterly report")}))
    return stream.event(world, Document, document, before)


def _document_deleted(world: World) -> Event:
    document = world.document()
    before = stream.follow(world, Document, document)
    world.send(world.admin.delete(f"/api/documents/{document}"))
    return stream.event(world, Document, document, before)


def _deal_made(world: World) -> Event:
    return stream.event(world, Deal, world.deal(), None)


def _deal_changed(world: World, change: dict[str, Any]) -> Event:
    deal = world.deal()
    before = stream.follow(world, Deal, deal)
    world.send(world.admin.patch(f"/api/deals/{deal}", change))
    return stream.event(world, Deal, deal, before)


def _deal_deleted(world: World) -> Event:
    deal = world.deal()
    before = stream.follow(world, Deal, deal)
    world.send(world.admin.delete(f"/api/deals/{deal}"))
    return stream.event(world, Deal, deal, before)


def _activity_made(world: World) -> Event:
    activity = world.activity(related_to_type="deal", related_to_id=world.deal())
    return stream.event(world, Activity, activity, None)


def _activity_completed(world: World) -> Event:
    activity = world.activity()
    before = stream.follow(world, Activity, activity)
    world.send(world.admin.patch(f"/api/activities/{activity}", {"is_completed": True}))
    return stream.event(world, Activity, activity, before)


def _reweighed(world: World) -> Event:
    """A stage with three deals gets another probability."""
    there = world.elsewhere()
    entity = there.entity()
    for _ in range(3):
        there.deal(entity_id=entity)
    pipeline = str(there.sales["id"])
    before = stream.follow(there, Pipeline, pipeline)
    path = f"/api/pipelines/{pipeline}/stages/{there.stage(0)}"
    there.send(there.admin.patch(path, {"probability": 15}))
    return stream.event(there, Pipeline, pipeline, before)


def _recounted(world: World) -> Event:
    """The sums of three deals and three tasks are counted anew, and the old ones deleted."""
    # Nobody else works here who might still read the old ones, and would have to be waited for.
    recount.GRACE_SECONDS = 0
    there = world.elsewhere()
    entity = there.entity()
    for _ in range(3):
        stream.follow(there, Deal, there.deal(entity_id=entity))
        stream.follow(there, Activity, there.activity())
    return {"organization_id": there.organization_id}


SCENARIOS: Sequence[Scenario] = [
    Scenario("uploads: a file arrives", _upload),
    Scenario("uploads: the file of an import arrives", _import_file),
    Scenario("projections: a document is made", _document_made),
    Scenario("projections: a document is renamed", _document_renamed),
    Scenario("projections: a document is deleted", _document_deleted),
    Scenario("projections: a deal is made", _deal_made),
    Scenario("projections: a deal is moved", lambda w: _deal_changed(w, {"stage_id": w.stage(1)})),
    Scenario("projections: a deal is won", lambda w: _deal_changed(w, {"stage_id": w.stage(4)})),
    Scenario("projections: a deal's amount changes", lambda w: _deal_changed(w, {"amount": "7"})),
    Scenario("projections: a deal is deleted", _deal_deleted),
    Scenario("projections: an activity is made", _activity_made),
    Scenario("projections: an activity is completed", _activity_completed),
    Scenario("projections: a stage of three deals is reweighed", _reweighed),
    Scenario("recount: three deals, three tasks", _recounted),
]
