"""Negotiation of representations."""

import pytest

from crm.http.negotiation import prefers

SVG, JSON = "image/svg+xml", "application/json"


@pytest.mark.parametrize(
    ("accept", "svg"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("text/html", False),
        ("image/svg+xml", True),
        ("IMAGE/SVG+XML", True),
        ("image/*", True),
        ("image/svg+xml, application/json", False),
        ("image/svg+xml;q=0.9, application/json", False),
        ("image/svg+xml, application/json;q=0.9", True),
        ("image/svg+xml;q=0.5, */*;q=0.1", True),
        ("image/svg+xml;q=0.1, */*;q=0.5", False),
        ("image/svg+xml;q=0, image/*", False),
        ("image/svg+xml ; q=0.8 , application/* ; q=0.7", True),
        ("image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8", True),
        ("image/svg+xml;q=2", False),
        ("image/svg+xml;q=high", False),
        (";;,,q=1,/", False),
    ],
)
def test_the_weightier_one_is_given(accept: str | None, svg: bool) -> None:
    assert prefers(accept, SVG, JSON) is svg
