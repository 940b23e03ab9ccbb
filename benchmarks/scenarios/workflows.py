"""Workflow rules, what they did, and whom they told."""

from collections.abc import Sequence

from benchmarks import rules
from benchmarks.functions import Event
from benchmarks.rules import PATH
from benchmarks.scenarios.scenario import Scenario, renamed
from benchmarks.world import World

_EXECUTIONS = "/api/workflow-executions"
_NOTIFICATIONS = "/api/notifications"
_TEN = [{"field": "name", "operator": "not_equals", "value": f"Name {n}"} for n in range(10)]


def _path(world: World) -> str:
    return f"{PATH}/{rules.only_rule(world)}"


def _made(world: World) -> Event:
    world.clear(PATH)
    return world.admin.post(PATH, rules.body(world))


def _made_with_all(world: World) -> Event:
    """A rule that names a user, a team and a webhook, with ten conditions."""
    world.clear(PATH)
    actions = [
        {"type": "assign_owner", "to": world.people[2]},
        {"type": "share_with", "team_id": world.teams[0]},
        rules.call(world),
    ]
    return world.admin.post(PATH, rules.body(world, *actions, conditions={"all": _TEN}))


def _all(world: World) -> Event:
    rules.only_rule(world)
    return world.member.get(PATH)


def _active(world: World) -> Event:
    there = rules.with_rules(world, 0, rules.MOST)
    return there.admin.get(PATH, record_type="deal", is_active="true")


def _with_conditions(world: World) -> Event:
    return world.admin.patch(_path(world), {"conditions": {"all": _TEN}})


def _tried_on_record(world: World) -> Event:
    return world.admin.post(f"{_path(world)}/test", {"record_id": world.deal()})


def _tried_on_images(world: World) -> Event:
    before = {"name": "Spring order", "amount": "1250.50"}
    images = {"before": before, "after": {**before, "amount": "99"}}
    return world.admin.post(f"{_path(world)}/test", images)


def _of_rule(world: World) -> Event:
    there = rules.with_rules(world, 1)
    rule = rules.execution(there)["rule_id"]
    return there.admin.get(f"{PATH}/{rule}/executions")


def _of_record(world: World) -> Event:
    there = rules.with_rules(world, 1)
    record = str(rules.execution(there)["record_id"])
    return there.admin.get(_EXECUTIONS, record_type="deal", record_id=record)


def _execution(world: World) -> Event:
    there = rules.with_rules(world, 1)
    return there.admin.get(f"{_EXECUTIONS}/{rules.execution(there)['id']}")


def _retried(world: World) -> Event:
    """A webhook was not active when the rule wanted to call it; now it is."""
    there = rules.calling(world)
    [endpoint] = there.send(there.admin.get(rules.ENDPOINTS))["results"]
    path = f"{rules.ENDPOINTS}/{endpoint['id']}"
    there.send(there.admin.patch(path, {"is_active": False}))
    failed = rules.execution(there)
    there.send(there.admin.patch(path, {"is_active": True}))
    return there.admin.post(f"{_EXECUTIONS}/{failed['id']}/retry", {})


def _told(world: World) -> tuple[World, str]:
    """Where somebody was told something, and the path of that."""
    there = rules.doing(world, "telling", lambda _: [rules.TELL])
    rules.execution(there)
    newest = there.send(there.admin.get(_NOTIFICATIONS))["results"][0]
    return there, f"{_NOTIFICATIONS}/{newest['id']}"


def _notifications(world: World, **query: str) -> Event:
    there, _ = _told(world)
    return there.admin.get(_NOTIFICATIONS, **query)


def _notification(world: World) -> Event:
    there, path = _told(world)
    return there.admin.get(path)


def _marked(world: World) -> Event:
    there, path = _told(world)
    return there.admin.post(f"{path}/read", {})


_RULE = f"{PATH}/<workflow_rule_id>"
_NOTIFICATION = f"{_NOTIFICATIONS}/<notification_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario(f"GET {PATH}", _all, "all"),
    Scenario(f"GET {PATH}", _active, "the active ones of deals, 100"),
    Scenario(f"POST {PATH}", _made, "one action"),
    Scenario(f"POST {PATH}", _made_with_all, "a user, a team, a webhook, ten conditions"),
    Scenario(f"GET {_RULE}", lambda w: w.member.get(_path(w))),
    Scenario(f"PUT {_RULE}", lambda w: w.admin.put(_path(w), rules.body(w, rules.TASK))),
    Scenario(f"PATCH {_RULE}", lambda w: renamed(w, _path(w)), "name"),
    Scenario(f"PATCH {_RULE}", _with_conditions, "ten conditions"),
    Scenario(f"DELETE {_RULE}", lambda w: w.admin.delete(_path(w))),
    Scenario(f"POST {_RULE}/test", _tried_on_record, "on a record"),
    Scenario(f"POST {_RULE}/test", _tried_on_images, "on before and after"),
    Scenario(f"GET {_RULE}/executions", _of_rule),
    Scenario(f"GET {_EXECUTIONS}", _of_record),
    Scenario(f"GET {_EXECUTIONS}/<execution_id>", _execution),
    Scenario(f"POST {_EXECUTIONS}/<execution_id>/retry", _retried),
    Scenario(f"GET {_NOTIFICATIONS}", _notifications, "all"),
    Scenario(f"GET {_NOTIFICATIONS}", lambda w: _notifications(w, unread="true"), "unread"),
    Scenario(f"GET {_NOTIFICATION}", _notification),
    Scenario(f"POST {_NOTIFICATION}/read", _marked),
]
