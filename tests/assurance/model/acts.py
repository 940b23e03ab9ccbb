"""One request: what it deserves, and what becomes of the model when it is granted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.assurance.model.state import Refusals

Json = Mapping[str, Any]
Effect = Callable[[Json], None]
Look = Callable[[], Json | None]


@dataclass(frozen=True)
class Act:
    """A request that changes something.

    Attributes:
        who: the caller.
        method, path, body: the request.
        status: of the answer if it is granted.
        refusals: those that it deserves; it is granted if there are none.
        effect: brings the model forward, and compares it with the answer.
        look: reads what an answer that was lost would have said; None if nothing has happened.
        if_match: the version that it is for.
        is_keyed: it comes with an Idempotency-Key.
        follows: something is done after the commit, which the stream completes if it is cut off.
        only_repeating: what is cut off can be seen from outside, and is completed by repeating it.
    """

    who: str
    method: str
    path: str
    body: Any
    status: int
    refusals: Refusals
    effect: Effect
    look: Look
    if_match: int | None = None
    is_keyed: bool = False
    follows: bool = False
    only_repeating: bool = False
