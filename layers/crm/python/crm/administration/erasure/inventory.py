"""What an organization had that other things are found by: users, rules, pipelines, jobs.

It is written down before it goes, and forgotten with the last pass: what comes late, because
somebody was just writing it, is looked for under the same ids again. How many passes something
has seen says where a pass that was cut off has to go on.
"""

from collections.abc import Callable, Iterable

from crm.administration.erasure.batches import Deadline, wipe
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import HIGHEST
from crm.platform.dynamodb.table import BOOKKEEPING

PAGE = 100

USER, VISITOR, PIPELINE = "user", "visitor", "pipeline"
"""Users who are or were members, whoever has written a record (super admins too), pipelines."""

RULE, ENDPOINT = "workflow_rule", "webhook_endpoint"
JOBS = ("import", "export", "erasure")


def note(organization_id: str, kind: str, thing_ids: Iterable[str]) -> None:
    """Write down that there were these; what is known of one already stays."""
    noted = {keys.had(organization_id, kind, one) for one in thing_ids}
    new = noted - BOOKKEEPING.batch_get(noted).keys()
    BOOKKEEPING.batch_write([{**key._asdict(), "passes": 0} for key in new], [])


def all_of(organization_id: str, kind: str) -> list[str]:
    """All of a kind that there were; asked of what there are not many of."""
    return [_id(item) for page in _pages(organization_id, kind) for item in page]


def each(
    organization_id: str, kind: str, passes: int, work: Callable[[str], None], deadline: Deadline
) -> None:
    """Do something with each of a kind, once in each pass.

    Args:
        organization_id: whose.
        kind: of what.
        passes: how many passes there were before this one.
        work: is given the id; it bears repetition.
        deadline: when to stop.

    Raises:
        TimeIsUpError: there are more.
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
            BOOKKEEPING.batch_write(done, [])


def forget(organization_id: str, deadline: Deadline) -> None:
    """Forget all of it. Raises: TimeIsUpError: there is more."""
    wipe(BOOKKEEPING, keys.had(organization_id, "", "").pk, deadline)


def _pages(organization_id: str, kind: str) -> Iterable[list[Item]]:
    first = keys.had(organization_id, kind, "")
    return BOOKKEEPING.pages(first.pk, (first.sk, first.sk + HIGHEST), PAGE)


def _id(item: Item) -> str:
    return str(item["sk"]).partition("#")[2]
