"""/api/health, /api/openapi.json, /api/docs"""

from pathlib import Path

from crm.http.app import App
from crm.http.request import Request
from crm.http.response import Response

app = App()

_HERE = Path(__file__).parent


@app.get("/api/health", public=True, organization=False)
def read_health(_: Request) -> Response:
    """Whether the API answers."""
    return Response(200, {"status": "ok"})


@app.get("/api/openapi.json", public=True, organization=False)
def read_openapi(_: Request) -> Response:
    """This API as an OpenAPI 3.1 document."""
    return Response(200, (_HERE / "openapi.json").read_text())


@app.get("/api/docs", public=True, organization=False)
def read_docs(_: Request) -> Response:
    """The OpenAPI document as a page to read."""
    return Response(200, (_HERE / "docs.html").read_text(), content_type="text/html; charset=utf-8")


handler = app
