"""How many bytes a record takes in the tables: lists, search and history included."""

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks import followers, stream
from benchmarks.capacity import item_bytes
from benchmarks.costs.ledger import Stored
from benchmarks.world import World
from crm.platform.dynamodb import keys

ITEM_OVERHEAD = 100
"""Bytes that DynamoDB adds to each item it bills the storage of."""

MADE: Mapping[str, Callable[[World], str]] = {
    "entity": lambda w: w.entity(),
    "deal": lambda w: w.deal(entity_id=w.entity()),
    "activity": lambda w: w.activity(),
    "document": lambda w: w.document(),
    "lead": lambda w: w.lead(),
    "case": lambda w: w.case(entity_id=w.entity()),
}


def measure(world: World) -> dict[str, Stored]:
    """A new record of each kind; an entity that it is of is taken off again."""
    tail = stream.Tail(world)
    measured = {kind: _measured(world, kind, tail) for kind in MADE}
    for kind in ("deal", "case"):
        measured[kind].all -= measured["entity"].all
    return measured


def _measured(world: World, kind: str, tail: stream.Tail) -> Stored:
    followers.follow(world, tail)
    before = _items(world)
    made = MADE[kind](world)
    followers.follow(world, tail)
    after = _items(world)
    own = keys.record(world.organization_id, kind, made)
    return Stored(own=after[own.pk, own.sk], all=sum(after.values()) - sum(before.values()))


def _items(world: World) -> dict[tuple[str, str], int]:
    """The bytes of every item of both tables that stays, by key."""
    client: Any = world.stack.client("dynamodb")
    pages = client.get_paginator("scan")
    return {
        (item["pk"]["S"], item["sk"]["S"]): item_bytes(item) + ITEM_OVERHEAD
        for name in ("RecordsTable", "BookkeepingTable")
        for page in pages.paginate(TableName=world.stack.outputs[name])
        for item in page["Items"]
        if "expires_on" not in item
    }
