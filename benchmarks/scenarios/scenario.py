"""What a scenario is."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.functions import Event
from benchmarks.world import World


@dataclass(frozen=True)
class Scenario:
    """A request to measure.

    Attributes:
        name: method and path of its route; `<function>: <case>` for one without routes.
        event: makes the request, and what it needs.
        variant: what sets it apart from other requests to its route.
    """

    name: str
    event: Callable[[World], Event]
    variant: str = ""

    @property
    def title(self) -> str:
        return f"{self.name} ({self.variant})" if self.variant else self.name


def renamed(world: World, path: str, name: str = "name") -> Event:
    """A record at a path gets another name."""
    return world.admin.patch(path, {name: world.name("Renamed")})
