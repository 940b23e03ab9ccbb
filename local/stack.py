"""The deployed stack, as the engine describes it."""

import json
from typing import Any

from local.clients import ClientFactory
from local.intrinsics import Resolver
from local.settings import REGION, STACK_NAME

ACCOUNT = "000000000000"
FUNCTION = "AWS::Lambda::Function"


class Stack:
    def __init__(self, client: ClientFactory) -> None:
        self._cloudformation = client("cloudformation")

    def exists(self) -> bool:
        try:
            self.description()
        except self._cloudformation.exceptions.ClientError:
            return False
        return True

    def description(self) -> dict[str, Any]:
        found: dict[str, Any] = self._cloudformation.describe_stacks(StackName=STACK_NAME)
        stack: dict[str, Any] = found["Stacks"][0]
        return stack

    def outputs(self) -> dict[str, str]:
        pairs = self.description().get("Outputs", [])
        return {pair["OutputKey"]: pair["OutputValue"] for pair in pairs}

    def api_body(self) -> dict[str, Any]:
        """Return the OpenAPI document of the HTTP API, as CloudFormation on AWS resolves it."""
        template = self._processed()
        apis = [r for r in template["Resources"].values() if r["Type"] == "AWS::ApiGatewayV2::Api"]
        body: dict[str, Any] = self._resolver(template).resolve(apis[0]["Properties"]["Body"])
        return body

    def _processed(self) -> dict[str, Any]:
        answer = self._cloudformation.get_template(StackName=STACK_NAME, TemplateStage="Processed")
        template = answer["TemplateBody"]
        document: dict[str, Any] = json.loads(template) if isinstance(template, str) else template
        return document

    def _resolver(self, template: dict[str, Any]) -> Resolver:
        found = self._cloudformation.describe_stack_resources(StackName=STACK_NAME)
        resources = found["StackResources"]
        references: dict[str, str | None] = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NoValue": None,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackName": STACK_NAME,
            "AWS::URLSuffix": "amazonaws.com",
        }
        references |= {
            p["ParameterKey"]: p["ParameterValue"] for p in self.description()["Parameters"]
        }
        references |= {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in resources}
        prefix = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
        attributes = {
            (r["LogicalResourceId"], "Arn"): f"{prefix}:{r['PhysicalResourceId']}"
            for r in resources
            if r["ResourceType"] == FUNCTION
        }
        return Resolver(references, attributes, template.get("Conditions", {}))
