"""Erases responses that are stored under Idempotency-Keys for repeated requests.

The item itself is kept until it expires, with an empty body: a repeated request must not create
again what has been erased. It gets a response without a body.
"""

import re
from collections.abc import Callable, Sequence

from pynamodb.expressions.operand import Path

from crm.administration.erasure.scope import ErasureScope
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key, RecordRef
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import SYSTEM

PAGE = 25
"""Responses per query: one may have hundreds of kilobytes."""

Choice = Callable[[Sequence[Item]], Sequence[Item]]
"""Selects the responses that contain erased data."""

_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def all_of(answers: Sequence[Item]) -> Sequence[Item]:
    """Choose all responses."""
    return answers


def about(erased: ErasureScope) -> Choice:
    """Return the choice of the responses that contain the id of an erased record."""

    def chosen(answers: Sequence[Item]) -> Sequence[Item]:
        named = [set(_ID.findall(_body(answer))) for answer in answers]
        targets = {RecordRef(kind, one) for ids in named for one in ids for kind in _KINDS}
        wanted = {record_id for _, record_id in erased.among(targets)}
        return [answer for answer, ids in zip(answers, named, strict=True) if ids & wanted]

    return chosen


def showing(user_id: str) -> Choice:
    """Return the choice of the responses that contain the profile of a user."""

    def chosen(answers: Sequence[Item]) -> Sequence[Item]:
        return [answer for answer in answers if f'"id":"{user_id}"' in _body(answer)]

    return chosen


def erase(organization_id: str, user_id: str, choice: Choice) -> int:
    """Empty the stored responses to a user; safe to repeat.

    Args:
        organization_id: the organization of the requests.
        user_id: the user who made the requests.
        choice: selects the responses to empty.

    Returns:
        The number of emptied responses.
    """
    pk, emptied = keys.idempotency(organization_id, user_id, "", "").pk, 0
    for answers in SYSTEM.pages(pk, (LOWEST, HIGHEST), PAGE):
        emptied += sum(map(_empty, choice([one for one in answers if _body(one)])))
    return emptied


_KINDS = ("entity", "lead", "activity", "document")


def _body(answer: Item) -> str:
    return str(answer.get("body") or "")


def _empty(answer: Item) -> bool:
    """Empty a response, unless its key has been claimed again since it was read."""
    unchanged = Path("token") == answer["token"]
    return SYSTEM.put_if(unchanged, Key(answer["pk"], answer["sk"]), {**answer, "body": ""})
