"""If-Match, as RFC 9110 writes entity tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.http.request import Request
from crm.platform.dynamodb.record import Record
from crm.platform.errors import InvalidRequestError, VersionConflictError


class Note(Record):
    KIND = "note"


RECORD = Note.create("org", "me").model_copy(update={"version": 12})

OUTCOMES = {
    None: None,
    "": None,
    "*": None,
    " * ": None,
    '"12"': None,
    ' "12" ': None,
    '"1", "12"': None,
    '"1","12","13"': None,
    '"1"': VersionConflictError,
    '"1", "2"': VersionConflictError,
    'W/"12"': VersionConflictError,
    '"012"': VersionConflictError,
    '"12.0"': VersionConflictError,
    '""': VersionConflictError,
    '"*"': VersionConflictError,
    "12": InvalidRequestError,
    '"12': InvalidRequestError,
    '12"': InvalidRequestError,
    "'12'": InvalidRequestError,
    'w/"12"': InvalidRequestError,
    '"1" "12"': InvalidRequestError,
    '"12",': InvalidRequestError,
    '*, "12"': InvalidRequestError,
    '"12"x': InvalidRequestError,
}


def request(header: str | None) -> Request:
    headers = {} if header is None else {"if-match": header}
    return Request({"headers": headers, "rawPath": "/"}, in_organization=False)


@pytest.mark.parametrize(("header", "error"), OUTCOMES.items())
def test_outcomes(header: str | None, error: type[Exception] | None) -> None:
    if error is None:
        request(header).require_match(RECORD)
        return
    with pytest.raises(error):
        request(header).require_match(RECORD)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5))
def test_one_of_several_is_enough(versions: list[int]) -> None:
    asked = request(", ".join(f'"{version}"' for version in versions))
    if RECORD.version in versions:
        asked.require_match(RECORD)
    else:
        with pytest.raises(VersionConflictError):
            asked.require_match(RECORD)


@given(st.text(max_size=12))
def test_noise_never_matches(header: str) -> None:
    if header.strip() in {"", "*"}:
        return
    with pytest.raises((InvalidRequestError, VersionConflictError)):
        request(header).require_match(RECORD)
