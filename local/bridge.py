"""Creates the routes of the API.

The engine's CloudFormation creates an HTTP API but ignores its OpenAPI body, in which SAM writes
routes, authorizers and CORS. This reads the body from the processed template and updates the API
to match it. Matching parts are left unchanged.
"""

from typing import Any

from local.clients import ClientFactory
from local.routes import Route, authorizers, cors, routes


class Bridge:
    def __init__(self, client: ClientFactory, api_id: str, body: dict[str, Any]) -> None:
        self._api = client("apigatewayv2")
        self._api_id = api_id
        self._body = body

    def connect(self) -> None:
        """Create, update and delete routes until the API matches the template."""
        names = self._authorizers()
        wanted = {route.key: route for route in routes(self._body)}
        standing = {route["RouteKey"]: route for route in self._all("get_routes")}
        integrations = self._integrations({route.function for route in wanted.values()})
        for key, route in wanted.items():
            self._put_route(route, standing.get(key), integrations, names)
        for key, old in standing.items():
            if key not in wanted:
                self._api.delete_route(ApiId=self._api_id, RouteId=old["RouteId"])
        if configuration := cors(self._body):
            self._api.update_api(ApiId=self._api_id, CorsConfiguration=configuration)

    def _put_route(
        self,
        route: Route,
        old: dict[str, Any] | None,
        integrations: dict[str, str],
        names: dict[str, str],
    ) -> None:
        target = f"integrations/{integrations[route.function]}"
        authorization: dict[str, str] = {"AuthorizationType": "NONE"}
        if route.authorizer:
            authorization = {
                "AuthorizationType": "JWT",
                "AuthorizerId": names[route.authorizer],
            }
        settings = {"Target": target, **authorization}
        if old is None:
            self._api.create_route(ApiId=self._api_id, RouteKey=route.key, **settings)
        elif any(old.get(name) != value for name, value in settings.items()):
            self._api.update_route(ApiId=self._api_id, RouteId=old["RouteId"], **settings)

    def _integrations(self, functions: set[str]) -> dict[str, str]:
        standing = {i["IntegrationUri"]: i["IntegrationId"] for i in self._all("get_integrations")}
        for function in sorted(functions - standing.keys()):
            made = self._api.create_integration(
                ApiId=self._api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=function,
                PayloadFormatVersion="2.0",
            )
            standing[function] = made["IntegrationId"]
        return standing

    def _authorizers(self) -> dict[str, str]:
        standing = {a["Name"]: a["AuthorizerId"] for a in self._all("get_authorizers")}
        for name, settings in authorizers(self._body).items():
            if name in standing:
                self._api.update_authorizer(
                    ApiId=self._api_id, AuthorizerId=standing[name], **settings
                )
            else:
                made = self._api.create_authorizer(ApiId=self._api_id, Name=name, **settings)
                standing[name] = made["AuthorizerId"]
        return standing

    def _all(self, call: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            page = getattr(self._api, call)(ApiId=self._api_id, MaxResults="100", **token)
            items += page["Items"]
            if "NextToken" not in page:
                return items
            token = {"NextToken": page["NextToken"]}
