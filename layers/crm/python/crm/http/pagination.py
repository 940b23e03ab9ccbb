"""Lists in the API's envelope, paged by cursors."""

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
    """Return one page of a list, shortened where it would exceed the size of a response.

    Args:
        request: the request; cursors are bound to its path and filters.
        query: its paging parameters.
        entries: the index items of the list, limited to what the caller may see.
        load: returns the rows of index items, without records that were deleted concurrently.
        check: raises if the list must not be returned, such as when the caller may not see its
            record. It runs while the list is read.

    Raises:
        BadCursorError: The cursor is altered, expired or was issued for another list.
        CRMError: The error that `check` raises.
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
    """Return a short list on one page; only its beginning if a response cannot hold it all.

    Args:
        rows: the rows, the most important first.
        exact: whether `rows` is the whole list.
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
