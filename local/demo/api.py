"""The API as called by one user of the demo."""

from typing import Any

import httpx

from local.errors import LocalStackError


class Api:
    """A client of the API with a user's token.

    Args:
        url: base URL of the API.
        token: an access token.
    """

    def __init__(self, url: str, token: str) -> None:
        self._client = httpx.Client(
            base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=60
        )

    def enter(self, organization_id: str) -> None:
        """Set the organization of all further requests."""
        self._client.headers["organization-id"] = organization_id

    def list(self, path: str, **filters: str) -> list[dict[str, Any]]:
        """Return the first hundred rows of a list, which contain all rows of the demo."""
        body = _checked(self._client.get(path, params={"limit": "100", **filters}))
        rows: list[dict[str, Any]] = body["results"]
        return rows

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return _checked(self._client.post(path, json=body))

    def patch(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return _checked(self._client.patch(path, json=body))

    def post_form(
        self, path: str, fields: dict[str, Any], files: dict[str, tuple[str, bytes, str]]
    ) -> dict[str, Any]:
        return _checked(self._client.post(path, data=fields, files=files))


def _checked(response: httpx.Response) -> dict[str, Any]:
    try:
        response.raise_for_status()
        body: dict[str, Any] = response.json()
    except (httpx.HTTPStatusError, ValueError) as error:
        asked = f"{response.request.method} {response.request.url.path}"
        raise LocalStackError(
            f"{asked} gave {response.status_code}: {response.text[:300]}"
        ) from error
    return body
