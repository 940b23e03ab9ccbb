"""Workflow rules, in organizations beside the one where everything else is measured."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks import receiver, stream
from benchmarks.functions import Event
from benchmarks.world import World
from crm.sales.deals.schemas import Deal

PATH = "/api/workflow-rules"
ENDPOINTS = "/api/webhook-endpoints"
MOST = 100
"""How many rules a record type has at most."""

UPDATE = {"type": "update_field", "field": "amount", "value": "99.00"}
TASK = {"type": "create_activity", "activity_type": "task", "subject": "Call {{record.name}}"}
TELL = {
    "type": "send_notification",
    "to": "creator",
    "channel": "in_app",
    "subject": "New: {{record.name}}",
    "body": "It is worth {{record.amount}}.",
}
NEVER = {"field": "name", "operator": "equals", "value": "A name that nothing has"}

Action = Mapping[str, Any]


def body(world: World, *actions: Action, **fields: Any) -> dict[str, Any]:
    """What is written of a rule: for deals that are made, unless it says otherwise."""
    return {
        "name": world.name("Rule"),
        "record_type": "deal",
        "trigger": {"event": "created"},
        "actions": list(actions or [UPDATE]),
        **fields,
    }


def rule(world: World, *actions: Action, **fields: Any) -> str:
    """A new rule."""
    made = world.send(world.admin.post(PATH, body(world, *actions, **fields)))
    return str(made["id"])


def only_rule(world: World, *actions: Action, **fields: Any) -> str:
    """A new rule; all others go for it."""
    world.clear(PATH)
    return rule(world, *actions, **fields)


def with_rules(world: World, matching: int, others: int = 0) -> World:
    """An organization where so many rules match each new deal, the others before them never."""

    def prepare(there: World) -> None:
        for _ in range(others):
            rule(there, conditions=NEVER)
        for _ in range(matching):
            rule(there)

    return world.beside(f"{matching} rules and {others} others", prepare)


def doing(world: World, name: str, action: Callable[[World], list[Action]]) -> World:
    """An organization with one rule that does this with each new deal."""
    return world.beside(name, lambda there: rule(there, *action(there)))


def calling(world: World) -> World:
    """An organization with one rule, which calls a webhook."""
    return doing(world, "calling", lambda there: [call(there)])


def call(world: World) -> Action:
    """An action that calls a new webhook endpoint."""
    return {"type": "call_webhook", "url": str(endpoint(world)["url"])}


def endpoint(world: World) -> dict[str, Any]:
    """A new webhook endpoint."""
    return world.send(world.admin.post(ENDPOINTS, endpoint_body(world)))


def endpoint_body(world: World) -> dict[str, Any]:
    """What is written of a webhook endpoint; the last one made goes for it."""
    world.clear(ENDPOINTS)
    return {"url": receiver.url(world.name("hook").replace(" ", "-"))}


def deal_made(world: World) -> Event:
    """What the stream says of a new deal."""
    return stream.event(world, Deal, world.deal(), None)


def execution(world: World) -> dict[str, Any]:
    """What the only rule of an organization did because of a new deal."""
    deal = world.deal()
    stream.hand(world, "automation", stream.event(world, Deal, deal, None))
    query = {"record_type": "deal", "record_id": deal}
    [found] = world.send(world.admin.get("/api/workflow-executions", **query))["results"]
    return dict(found)
