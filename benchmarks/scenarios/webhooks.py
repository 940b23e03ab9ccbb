"""Webhook endpoints, and what was sent to them."""

from collections.abc import Sequence
from dataclasses import asdict
from json import dumps

from benchmarks import rules, stream
from benchmarks.functions import Event
from benchmarks.rules import ENDPOINTS
from benchmarks.scenarios.scenario import Scenario
from benchmarks.world import World
from crm.webhooks.queue import Message

_DELIVERIES = "/api/webhook-deliveries"


def _path(world: World) -> str:
    return f"{ENDPOINTS}/{rules.endpoint(world)['id']}"


def _listed(world: World) -> Event:
    rules.endpoint(world)
    return world.admin.get(ENDPOINTS)


def _moved(world: World) -> Event:
    path = _path(world)
    return world.admin.put(path, {"url": "https://example.com/hooks"})


def _sent(world: World) -> str:
    """The path of a delivery that has been there."""
    delivery = _delivery(world)
    stream.hand(world, "webhook_sender", _message(world, delivery))
    return f"{_DELIVERIES}/{delivery}"


def _delivery(world: World) -> str:
    """A delivery that waits for being sent, in an organization that calls a webhook."""
    [action] = rules.execution(world)["actions"]
    return str(action["result"]["delivery_id"])


def _message(world: World, delivery: str) -> Event:
    """What the queue of deliveries hands on."""
    message = Message(world.organization_id, delivery, sequence=0)
    body = dumps(asdict(message))
    return {"Records": [{"messageId": delivery, "receiptHandle": delivery, "body": body}]}


def _deliveries(world: World) -> Event:
    there = rules.calling(world)
    _sent(there)
    [endpoint] = there.send(there.admin.get(ENDPOINTS))["results"]
    return there.admin.get(f"{ENDPOINTS}/{endpoint['id']}/deliveries")


def _read(world: World) -> Event:
    there = rules.calling(world)
    return there.admin.get(_sent(there))


def _redelivered(world: World) -> Event:
    there = rules.calling(world)
    return there.admin.post(f"{_sent(there)}/redeliver", {})


def _sending(world: World) -> Event:
    there = rules.calling(world)
    return _message(there, _delivery(there))


_ENDPOINT = f"{ENDPOINTS}/<webhook_endpoint_id>"
_ONE_DELIVERY = f"{_DELIVERIES}/<webhook_delivery_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario(f"GET {ENDPOINTS}", _listed),
    Scenario(f"POST {ENDPOINTS}", lambda w: w.admin.post(ENDPOINTS, rules.endpoint_body(w))),
    Scenario(f"GET {_ENDPOINT}", lambda w: w.admin.get(_path(w))),
    Scenario(f"PUT {_ENDPOINT}", _moved),
    Scenario(f"PATCH {_ENDPOINT}", lambda w: w.admin.patch(_path(w), {"is_active": False})),
    Scenario(f"DELETE {_ENDPOINT}", lambda w: w.admin.delete(_path(w))),
    Scenario(f"GET {_ENDPOINT}/deliveries", _deliveries),
    Scenario(f"GET {_ONE_DELIVERY}", _read),
    Scenario(f"POST {_ONE_DELIVERY}/redeliver", _redelivered),
    Scenario("webhook_sender: one webhook", _sending),
]
