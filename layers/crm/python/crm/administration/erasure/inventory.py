"""Ids of a deleted organization's users, rules, pipelines and jobs, by which other items are found.

An id is stored before its item is deleted, and deleted with the last pass: later passes look under
the same ids for items that were written concurrently. The number of passes that an id has seen
shows where an interrupted pass continues.
"""

from collections.abc import Callable, Iterable

from crm.administration.erasure.batches import Deadline, delete_partition
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST
from crm.platform.dynamodb.table import SYSTEM

PAGE = 100

USER, VISITOR, PIPELINE = "user", "visitor", "pipeline"
"""Present and former members, users who wrote a record (also super admins), pipelines."""

RULE, ENDPOINT = "workflow_rule", "webhook_endpoint"
JOBS = ("import", "export", "erasure")


def note(organization_id: str, kind: str, thing_ids: Iterable[str]) -> None:
    """Store ids that are not stored yet; ids that are stored keep their number of passes."""
    noted = {keys.inventory(organization_id, kind, one) for one in thing_ids}
    new = noted - SYSTEM.batch_get(noted).keys()
    SYSTEM.batch_write([{**key._asdict(), "passes": 0} for key in new], [])


def all_of(organization_id: str, kind: str) -> list[str]:
    """Return all ids of a kind; for kinds with few ids."""
    return [_id(item) for page in _pages(organization_id, kind) for item in page]


def each(
    organization_id: str, kind: str, passes: int, work: Callable[[str], None], deadline: Deadline
) -> None:
    """Process each id of a kind once per pass.

    Args:
        organization_id: the deleted organization.
        kind: the kind of the ids.
        passes: the number of passes before this one.
        work: processes an id; must be idempotent.
        deadline: the time to stop.

    Raises:
        TimeIsUpError: The deadline has passed, and ids are left.
    """
    for page in _pages(organization_id, kind):
        done: list[Item] = []
        try:
            for item in page:
                if item["passes"] <= passes:
                    deadline.check()
                    work(_id(item))
                    done.append({**item, "passes": passes + 1})
        finally:
            SYSTEM.batch_write(done, [])


def erase(organization_id: str, deadline: Deadline) -> None:
    """Delete all ids. Raises: TimeIsUpError: The deadline has passed, and ids are left."""
    delete_partition(SYSTEM, keys.inventory(organization_id, "", "").pk, deadline)


def _pages(organization_id: str, kind: str) -> Iterable[list[Item]]:
    first = keys.inventory(organization_id, kind, "")
    return SYSTEM.pages(first.pk, (first.sk, first.sk + HIGHEST), PAGE)


def _id(item: Item) -> str:
    return str(item["sk"]).partition("#")[2]
