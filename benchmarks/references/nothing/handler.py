"""A function that does nothing: what the interpreter and the runtime client take by themselves."""

from typing import Any


def handler(_event: Any, _context: Any) -> dict[str, Any]:
    return {"statusCode": 204}
