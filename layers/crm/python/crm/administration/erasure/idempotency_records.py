"""Answers that are kept for requests that come again with their Idempotency-Key.

That there was an answer stays until it would have expired: a request that comes again must not
make anew what has been erased. It is answered without a body then.
"""

import re
from collections.abc import Callable, Sequence

from pynamodb.expressions.operand import Path

from crm.administration.erasure.scope import Erased
from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.lists import HIGHEST, LOWEST
from crm.platform.dynamodb.table import BOOKKEEPING

PAGE = 25
"""An answer may have hundreds of kilobytes."""

Choice = Callable[[Sequence[Item]], Sequence[Item]]
"""Which of some answers hold what is erased."""

_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def all_of(answers: Sequence[Item]) -> Sequence[Item]:
    """All answers."""
    return answers


def about(erased: Erased) -> Choice:
    """Answers that name something that is erased."""

    def chosen(answers: Sequence[Item]) -> Sequence[Item]:
        named = [set(_ID.findall(_body(answer))) for answer in answers]
        targets = {(kind, one) for ids in named for one in ids for kind in _KINDS}
        wanted = {record_id for _, record_id in erased.among(targets)}
        return [answer for answer, ids in zip(answers, named, strict=True) if ids & wanted]

    return chosen


def showing(user_id: str) -> Choice:
    """Answers that show a user, with all that is known of them."""

    def chosen(answers: Sequence[Item]) -> Sequence[Item]:
        return [answer for answer in answers if f'"id":"{user_id}"' in _body(answer)]

    return chosen


def forget(organization_id: str, user_id: str, choice: Choice) -> int:
    """Empty answers that a user was given; safe to repeat.

    Args:
        organization_id: where.
        user_id: who was answered.
        choice: which of them.

    Returns:
        How many were emptied.
    """
    pk, emptied = keys.idempotency(organization_id, user_id, "", "").pk, 0
    for answers in BOOKKEEPING.pages(pk, (LOWEST, HIGHEST), PAGE):
        emptied += sum(map(_empty, choice([one for one in answers if _body(one)])))
    return emptied


_KINDS = ("entity", "lead", "activity", "document")


def _body(answer: Item) -> str:
    return str(answer.get("body") or "")


def _empty(answer: Item) -> bool:
    """Empty an answer, unless the key has been claimed anew."""
    unchanged = Path("token") == answer["token"]
    return BOOKKEEPING.put_if(unchanged, Key(answer["pk"], answer["sk"]), {**answer, "body": ""})
