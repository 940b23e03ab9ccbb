"""What requests of the mix spend on AWS, all that they set off included."""

from benchmarks import followers, stream
from benchmarks.costs.ledger import Money
from benchmarks.costs.mix import BEHIND, MIX
from benchmarks.measuring import target
from benchmarks.prices import API_REQUEST, INVOCATION, WAIT_SECONDS, Spending
from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.world import World

REPEAT = 15


def measure(world: World) -> dict[str, Money]:
    """Each request of the mix, by its title."""
    scenarios = {one.title: one for one in SCENARIOS}
    tail = stream.Tail(world)
    return {
        title: _measured(world, scenarios[title], share, tail)
        for title, share in {**MIX, **BEHIND}.items()
    }


def _measured(world: World, scenario: Scenario, share: int, tail: stream.Tail) -> Money:
    """The request, and what the stream sets off behind it.

    What prepares the request has its own followers, and is not counted.
    """
    asked = target(world.deployment, scenario.name)
    processor = asked.time(lambda: scenario.event(world), REPEAT).processor / 1000
    event = scenario.event(world)
    followers.follow(world, tail)
    counts = asked.count(event)
    waiting = counts.round_trips * WAIT_SECONDS
    spent = Spending(counts.calls, processor, waiting, followers.GIGABYTES)
    behind, batches = followers.follow(world, tail)
    gateway = API_REQUEST if asked.route else 0.0
    return Money(
        share=share,
        processor=round(1000 * (processor + behind.processor), 1),
        database=spent.database_dollars + behind.database_dollars,
        functions=spent.function_dollars + behind.function_dollars + INVOCATION * (1 + batches),
        others=spent.request_dollars + behind.request_dollars + gateway,
    )
