"""Who makes what is seeded, and with whom it is shared."""

from collections.abc import Sequence

from benchmarks.world import World

SHARED_EVERY = 10
"""A member who has made nothing sees a tenth, through their teams."""


def others(world: World) -> Sequence[str]:
    """Everybody but the member."""
    return [user for user in world.people if user != world.member.user_id]


def teams(world: World, number: int) -> list[str]:
    """The team that one of so many is shared with."""
    if number % SHARED_EVERY:
        return []
    return [world.teams[number // SHARED_EVERY % len(world.teams)]]
