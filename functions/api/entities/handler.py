"""/api/entities, with identifiers, contact points, addresses and relationships"""

from crm.http.app import App, RouteFunction
from crm.http.named_routes import named
from crm.http.pagination import page, whole
from crm.http.record_routes import OwnedRoutes
from crm.http.request import Request
from crm.http.response import Response, created, no_content, ok
from crm.platform.fields import Input, PageQuery
from crm.platform.merge_patch import Patch
from crm.records import repository as owned
from crm.sales.entities import duplicates, merge, parts, relationships, service
from crm.sales.entities.schemas import (
    Address,
    AddressWrite,
    ContactPoint,
    ContactPointWrite,
    Duplicate,
    Entity,
    EntityDetail,
    EntityQuery,
    EntityWrite,
    Identifier,
    IdentifierWrite,
    Merge,
    PrimaryPart,
    Relationship,
    RelationshipAnswer,
    RelationshipWrite,
)
from crm.sales.entities.service import ENTITIES

app = App()


class EntityRoutes(OwnedRoutes[Entity, EntityWrite, EntityQuery]):
    """Routes of entities: one is read with all its child items and relationships."""

    def read(self, request: Request, record_id: str) -> Response:
        entity, detail = service.detail(request.caller, record_id)
        return ok(entity, detail)

    def delete(self, request: Request, record_id: str) -> Response:
        parts_read = service.parts_ahead(request.caller, record_id)
        ENTITIES.delete(self._to_change(request, record_id), parts_read)
        return no_content()


EntityRoutes(
    app,
    ENTITIES,
    detail=EntityDetail,
    summaries={
        "create": (
            "Make a contact, an organization or an account, the caller's own unless it says whose."
        ),
        "read": "An entity with its identifiers, contact points, addresses and relationships.",
        "replace": "Change an entity as a whole.",
        "update": "Change an entity in part.",
        "delete": "Delete an entity with all that hangs on it.",
    },
)


@app.get("/api/entities/<entity_id>/duplicates", answer=Duplicate, listed=True)
def list_duplicates(request: Request, entity_id: str) -> Response:
    """Entities that share an email, a phone number, an identifier or the name with this one.

    The likeliest come first, a hundred at most; `count_exact` is false if there may be more.
    """
    known = ENTITIES.definitions(request.caller)
    rows, exact = duplicates.find(request.caller, entity_id, known)
    return whole(rows, exact=exact)


@app.post("/api/entities/<entity_id>/merge", body=Merge, answer=Entity, status=200)
def merge_entities(request: Request, entity_id: str, body: Merge) -> Response:
    """Move all that hangs on another entity to this one, fill this one's gaps, delete the other."""
    known = ENTITIES.definitions(request.caller)
    into, other = merge.find_both(request.caller, entity_id, body.from_)
    request.require_match(into)
    if other is not None:
        into = merge.merge(request.transaction, request.caller, into, other, known)
    return ok(into, ENTITIES.answer(into, known))


class PartRoutes:
    """The routes of one kind of child item; all kinds have the same routes.

    Args:
        noun: the name of the kind in operation names and summaries.
        path: the path of the collection.
        model: the model of the child item.
        body: the model of its writable fields.
    """

    def __init__(self, noun: str, path: str, model: type[PrimaryPart], body: type[Input]) -> None:
        self._model = model
        one, write = f"{path}/<part_id>", {"body": body, "answer": model}
        listed = {"query": PageQuery, "answer": model, "listed": True}

        def route(run: RouteFunction, summary: str) -> RouteFunction:
            return named(run, f"{run.__name__}_{noun.replace(' ', '_')}", summary)

        app.post(path, **write, only_stages=True)(route(self.add, f"Add one {noun} to an entity."))
        app.get(path, **listed)(route(self.list, f"Each {noun}, newest first."))
        app.get(one, answer=model)(route(self.read, f"One {noun}."))
        app.put(one, **write)(route(self.replace, f"Change one {noun} as a whole."))
        app.patch(one, **write)(route(self.update, f"Change one {noun} in part."))
        app.delete(one)(route(self.remove, f"Take one {noun} from an entity."))

    def add(self, request: Request, entity_id: str, body: Input) -> Response:
        part = parts.create(
            request.transaction, request.caller, entity_id, self._model, request.new_id, body
        )
        return created(f"{request.path}/{part.id}", part, part.answer())

    def list(self, request: Request, entity_id: str, query: PageQuery) -> Response:
        return page(
            request,
            query,
            parts.list_all(self._model, request.caller, entity_id),
            lambda items: parts.rows(self._model, items),
            lambda: owned.find(Entity, request.caller, entity_id),
        )

    def read(self, request: Request, entity_id: str, part_id: str) -> Response:
        part = parts.find(self._model, request.caller, entity_id, part_id)
        return ok(part, part.answer())

    def replace(self, request: Request, entity_id: str, part_id: str, body: Input) -> Response:
        primary = parts.pointers(self._model, request.caller, entity_id, body)
        old = self._to_change(request, entity_id, part_id)
        new = parts.update(request.transaction, request.caller, old, body, primary)
        return ok(new, new.answer())

    def update(
        self, request: Request, entity_id: str, part_id: str, body: Patch[Input]
    ) -> Response:
        primary = parts.pointers(self._model, request.caller, entity_id, body)
        old = self._to_change(request, entity_id, part_id)
        new = parts.update(request.transaction, request.caller, old, body.over(old), primary)
        return ok(new, new.answer())

    def remove(self, request: Request, entity_id: str, part_id: str) -> Response:
        parts.delete(request.transaction, self._to_change(request, entity_id, part_id))
        return no_content()

    def _to_change(self, request: Request, entity_id: str, part_id: str) -> PrimaryPart:
        old = parts.find_to_change(self._model, request.caller, entity_id, part_id)
        request.require_match(old)
        return old


_ENTITY = "/api/entities/<entity_id>"

PartRoutes("identifier", f"{_ENTITY}/identifiers", Identifier, IdentifierWrite)
PartRoutes("contact point", f"{_ENTITY}/contact-points", ContactPoint, ContactPointWrite)
PartRoutes("address", f"{_ENTITY}/addresses", Address, AddressWrite)

_RELATIONSHIPS = f"{_ENTITY}/relationships"
_RELATIONSHIP = f"{_RELATIONSHIPS}/<relationship_id>"


@app.post(_RELATIONSHIPS, body=RelationshipWrite, answer=RelationshipAnswer, only_stages=True)
def add_relationship(request: Request, entity_id: str, body: RelationshipWrite) -> Response:
    """Relate an entity to another one. It can be read from both ends."""
    known = service.relationship_definitions(request.caller)
    new, other = relationships.create(
        request.transaction, request.caller, entity_id, request.new_id, body, known
    )
    answer = relationships.answer_with(request.caller, new, other, known)
    return created(f"{request.path}/{new.id}", new, answer)


@app.get(_RELATIONSHIPS, query=PageQuery, answer=RelationshipAnswer, listed=True)
def list_relationships(request: Request, entity_id: str, query: PageQuery) -> Response:
    """The relationships of an entity, in both directions, newest first."""
    return page(
        request,
        query,
        parts.list_all(Relationship, request.caller, entity_id),
        lambda items: relationships.answers(
            request.caller,
            relationships.of_items(items),
            service.relationship_definitions(request.caller),
        ),
        lambda: owned.find(Entity, request.caller, entity_id),
    )


@app.get(_RELATIONSHIP, answer=RelationshipAnswer)
def read_relationship(request: Request, entity_id: str, relationship_id: str) -> Response:
    """One relationship, as this end shows it."""
    known = service.relationship_definitions(request.caller)
    one = parts.find(Relationship, request.caller, entity_id, relationship_id)
    return ok(one, relationships.answer(request.caller, one, known))


@app.put(_RELATIONSHIP, body=RelationshipWrite, answer=RelationshipAnswer)
def replace_relationship(
    request: Request, entity_id: str, relationship_id: str, body: RelationshipWrite
) -> Response:
    """Change a relationship as a whole, from either end."""
    known = service.relationship_definitions(request.caller)
    old = _relationship_to_change(request, entity_id, relationship_id)
    custom = known.replace(body.custom_fields, old.custom_fields)
    new = relationships.update(request.transaction, request.caller, old, body, custom)
    return ok(new, relationships.answer(request.caller, new, known))


@app.patch(_RELATIONSHIP, body=RelationshipWrite, answer=RelationshipAnswer)
def update_relationship(
    request: Request, entity_id: str, relationship_id: str, body: Patch[RelationshipWrite]
) -> Response:
    """Change a relationship in part, from either end."""
    known = service.relationship_definitions(request.caller)
    old = _relationship_to_change(request, entity_id, relationship_id)
    custom = known.patch(body.changes("custom_fields"), old.custom_fields)
    new = relationships.update(request.transaction, request.caller, old, body.over(old), custom)
    return ok(new, relationships.answer(request.caller, new, known))


@app.delete(_RELATIONSHIP)
def remove_relationship(request: Request, entity_id: str, relationship_id: str) -> Response:
    """End a relationship, from either end."""
    old = _relationship_to_change(request, entity_id, relationship_id)
    relationships.delete(request.transaction, old)
    return no_content()


def _relationship_to_change(request: Request, entity_id: str, relationship_id: str) -> Relationship:
    old = parts.find_to_change(Relationship, request.caller, entity_id, relationship_id)
    request.require_match(old)
    return old


handler = app
