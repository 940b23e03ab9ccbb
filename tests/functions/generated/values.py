"""Values at a place: of the own organization, of another one, or unknown."""

import uuid

from crm.platform import ids
from tests.functions.generated.worlds import NOBODY, OURS, THEIRS, World


def value_of(world: World, kind: str, prop: str, whose: str) -> str:
    """An id of a kind of thing, or a text that one holds.

    Args:
        world: both organizations.
        kind: the kind of thing.
        prop: the property that holds the text; empty for its id.
        whose: the word of an organization, or `NOBODY`.

    Raises:
        LookupError: theirs has no such text.
    """
    organization = world.ours if whose == OURS else world.theirs
    if prop:
        text = organization.records[kind][prop]
        if not isinstance(text, str) or organization.word not in text.casefold():
            raise LookupError
        return text.replace(THEIRS, NOBODY) if whose == NOBODY else text
    if whose == NOBODY:
        return str(uuid.uuid4()) if kind in {"user", "creator"} else ids.new_id()
    return organization.id_of(kind)
