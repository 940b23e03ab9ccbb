"""What the stream sets off behind a write: its functions, handed what the stream really said."""

import time

from benchmarks import stream
from benchmarks.measuring import target
from benchmarks.prices import WAIT_SECONDS, Spending
from benchmarks.recording import Call
from benchmarks.world import World

FOLLOWERS = {"projections": 100, "automation": 50}
"""The functions, and how many records the template hands each at once."""

MOST = max(FOLLOWERS.values())
GIGABYTES = 0.5


def follow(world: World, tail: stream.Tail) -> tuple[Spending, int]:
    """Hand on what the stream has said since the last time.

    Returns:
        What that spends, and how many batches it were.
    """
    calls: list[Call] = []
    batches, trips, processor = 0, 0, 0.0
    records = [record for batch in tail.batches(MOST) for record in batch["Records"]]
    for name, size in FOLLOWERS.items():
        function = target(world.deployment, f"{name}:")
        for start in range(0, len(records), size):
            started = time.process_time()
            counts = function.count({"Records": records[start : start + size]})
            processor += time.process_time() - started
            calls += counts.calls
            trips += counts.round_trips
            batches += 1
    return Spending(calls, processor, trips * WAIT_SECONDS, GIGABYTES), batches
