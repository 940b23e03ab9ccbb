"""Lists in the contract's envelope, walked by cursors."""

import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from crm.http import cursor
from crm.http.request import Request
from crm.http.response import Response
from crm.platform.dynamodb import signing_key
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.lists import EntryList, Slice, take
from crm.platform.dynamodb.parallel import guarded
from crm.platform.errors import BadCursorError
from crm.platform.fields import PageQuery

Load = Callable[[Sequence[Item]], list[dict[str, Any]]]


def page(
    request: Request,
    query: PageQuery,
    entries: EntryList,
    load: Load,
    check: Callable[[], object] | None = None,
) -> Response:
    """One page of a list; it is short where one answer cannot hold more.

    Args:
        request: the request, whose path and filters the cursor is bound to.
        query: its parameters.
        entries: what the caller may see of what they ask for.
        load: rows of entries, those left out that have gone meanwhile.
        check: what must hold before anything of the list is answered, such as that its record is
            the caller's to see. It is found out while the list is read.

    Raises:
        BadCursorError: the cursor is altered, expired or was given for something else.
        CRMError: what `check` raises.
    """
    filters = {
        name: value
        for name, value in request.parameters.items()
        if name not in PageQuery.model_fields
    }
    bound_to = cursor.binding(request.scope, request.identity.user_id, request.path, filters)

    def read() -> tuple[cursor.Cursor | None, Slice]:
        here = _opened(query, bound_to)
        start = here.position if here else None
        return here, take(
            entries, query.limit, offset=query.offset, start=start, count=here is None
        )

    here, part = guarded(check, read)[1] if check else read()
    count, exact = (here.count, here.count_exact) if here else (part.count or 0, part.count_exact)
    while True:
        answer = Response(
            200,
            {
                "count": count,
                "count_exact": exact,
                "next": _next(request.path, query, filters, part, (count, exact), bound_to),
                "previous": _previous(request.path, query, filters),
                "results": load(part.entries),
            },
        )
        if answer.fits or len(part.entries) == 1:
            return answer
        part = part.half()


def whole(rows: list[dict[str, Any]], *, exact: bool = True) -> Response:
    """A list that is short by its nature, on one page; its beginning where an answer has no more.

    Args:
        rows: what is listed, the most important first.
        exact: whether that is all there is.
    """
    while True:
        answer = Response(
            200,
            {
                "count": len(rows),
                "count_exact": exact,
                "next": None,
                "previous": None,
                "results": rows,
            },
        )
        if answer.fits or len(rows) == 1:
            return answer
        rows, exact = rows[: len(rows) // 2], False


def _opened(query: PageQuery, bound_to: bytes) -> cursor.Cursor | None:
    if query.cursor is None:
        return None
    if query.offset:
        raise BadCursorError("A cursor goes without an offset.")
    return cursor.unseal(query.cursor, bound_to, signing_key.cursor_secret(), int(time.time()))


def _next(
    path: str,
    query: PageQuery,
    filters: dict[str, str],
    part: Slice,
    counted: tuple[int, bool],
    bound_to: bytes,
) -> str | None:
    if part.next_position is None:
        return None
    expires_on = int(time.time()) + cursor.LIFETIME_SECONDS
    following = cursor.Cursor(part.next_position, *counted, expires_on)
    sealed = cursor.seal(following, bound_to, signing_key.cursor_secret())
    return f"{path}?{urlencode({'limit': query.limit, **filters, 'cursor': sealed})}"


def _previous(path: str, query: PageQuery, filters: dict[str, str]) -> str | None:
    if query.offset == 0:
        return None
    offset = max(query.offset - query.limit, 0)
    return f"{path}?{urlencode({'limit': query.limit, **filters, 'offset': offset})}"
