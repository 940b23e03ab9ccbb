"""An admin who reads what is there, undisturbed: what to compare with, and what came of doubts."""

from collections.abc import Callable, Collection
from typing import Any

from tests.support.client import Client, Reply


class Witness:
    """Reads as an admin.

    Args:
        client: the client of somebody who is an admin now; if it can be, of another than the one
            that it is given.
        besides: who may have ceased to be a member, and nobody knows yet.
    """

    def __init__(self, client: Callable[[str | None], Client], besides: str | None = None) -> None:
        self._client = client
        self._besides = besides

    def without(self, user: str) -> "Witness":
        """One that somebody's leaving does not disturb."""
        return Witness(self._client, besides=user)

    def reply(self, path: str) -> Reply:
        return self._client(self._besides).get(path)

    def one(self, path: str) -> Any:
        """Return the content at a path; None if it is empty."""
        reply = self.reply(path)
        if reply.status == 404:
            assert reply.problem == (404, "not_found")
            return None
        assert reply.status == 200, reply.text
        return reply.json

    def rows(self, path: str) -> list[Any]:
        """The rows of a list, all pages of it."""
        found: list[Any] = []
        following: str | None = path
        while following:
            page = self.one(following)
            found += page["results"]
            following = page["next"]
        return found

    def newest(self, path: str, known: Collection[str]) -> Any:
        """The one record of a list that nobody knows yet; None if there is none."""
        unknown = [one for one in self.rows(f"{path}?limit=100") if one["id"] not in known]
        assert len(unknown) <= 1, f"{len(unknown)} came of one request"
        return unknown[0] if unknown else None

    def changed(self, path: str, version: int) -> Any:
        """A record if it is at the version after this one; None if it is at this one."""
        found = self.one(path)
        assert found is not None, f"{path} has gone"
        assert found["version"] in {version, version + 1}, "one request, several versions"
        return found if found["version"] == version + 1 else None

    def gone(self, path: str) -> Any:
        """Anything if there is nothing at the path; None if there is."""
        return {} if self.one(path) is None else None
