"""What the stream and the clock hand to the functions that run workflow rules."""

from collections.abc import Sequence
from datetime import timedelta

from benchmarks import rules, stream
from benchmarks.functions import Event
from benchmarks.rules import Action
from benchmarks.scenarios.scenario import Scenario
from benchmarks.world import World
from crm.platform import clock
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import to_raw

_DUE = 10
_REACHED = {"event": "date_reached", "field": "expected_close_date"}


def _made(world: World, matching: int, others: int = 0) -> Event:
    return rules.deal_made(rules.with_rules(world, matching, others))


def _made_for_five_actions(world: World) -> Event:
    return rules.deal_made(rules.doing(world, "busy", _five))


def _five(world: World) -> list[Action]:
    team = {"name": world.name("Team"), "users": list(world.people)}
    made = world.send(world.admin.post("/api/teams", team))
    share = {"type": "share_with", "team_id": made["id"]}
    return [rules.UPDATE, rules.TASK, share, rules.TELL, rules.call(world)]


def _delaying(world: World) -> World:
    return rules.doing(world, "delaying", lambda _: [{**rules.UPDATE, "delay": {"days": 1}}])


def _made_again(world: World) -> Event:
    """The stream delivers a record that is done already."""
    event = _made(world, 1)
    stream.hand(world, "automation", event)
    return event


def _woken(world: World) -> Event:
    there = _delaying(world)
    execution = rules.execution(there)["id"]
    return {"organization_id": there.organization_id, "execution_id": execution, "action": 0}


def _waiting(world: World) -> World:
    """An organization with ten deals that were to be closed yesterday, and no rule yet."""

    def prepare(there: World) -> None:
        entity, yesterday = there.entity(), clock.now().date() - timedelta(days=1)
        for _ in range(_DUE):
            there.deal(entity_id=entity, expected_close_date=yesterday.isoformat())

    there = world.beside("waiting", prepare)
    there.clear(rules.PATH)
    _no_erasures(there)
    return there


def _no_erasures(world: World) -> None:
    """Those that other scenarios have begun would be sent again."""
    client, table = world.stack.client("dynamodb"), world.stack.outputs["BookkeepingTable"]
    pending = {":pk": {"S": keys.erasing("", "").pk}}
    found = client.query(
        TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=pending
    )
    for item in found["Items"]:
        client.delete_item(TableName=table, Key={name: item[name] for name in ("pk", "sk")})


def _nothing_due(world: World) -> Event:
    _waiting(world)
    return {}


def _due(world: World) -> Event:
    """A rule has waited since before the dates of the ten deals."""
    there = _waiting(world)
    rule = rules.rule(there, rules.TASK, trigger=_REACHED)
    since = clock.timestamp(clock.now() - timedelta(days=3))
    waiting = {**keys.waiting(there.organization_id, rule)._asdict(), "since": since}
    table = there.stack.outputs["RecordsTable"]
    there.stack.client("dynamodb").put_item(TableName=table, Item=to_raw(waiting))
    return {}


SCENARIOS: Sequence[Scenario] = [
    Scenario("automation: a deal is made, no rule", lambda w: _made(w, 0)),
    Scenario("automation: a deal is made, one rule of one action", lambda w: _made(w, 1)),
    Scenario("automation: a deal is made, none of 100 rules", lambda w: _made(w, 0, rules.MOST)),
    Scenario("automation: a deal is made, one rule of five actions", _made_for_five_actions),
    Scenario(
        "automation: a deal is made, one delayed action", lambda w: rules.deal_made(_delaying(w))
    ),
    Scenario("automation: a deal is made, delivered again", _made_again),
    Scenario("delayed_actions: one delayed action", _woken),
    Scenario("date_rules: no rule waits", _nothing_due),
    Scenario("date_rules: one rule, ten records", _due),
]
