"""Every operation that the SDK knows of a service, with arguments that name Brook's own things."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from local.settings import STACK_NAME
from tests.assurance.access.places import Places

SERVICES = (
    # What functions use.
    "dynamodb", "dynamodbstreams", "s3", "sqs", "cognito-idp", "scheduler", "logs", "sesv2",
    # What would give more: rights, code, secrets, the infrastructure itself.
    "iam", "sts", "lambda", "ssm", "secretsmanager", "kms", "cloudformation", "apigatewayv2",
    "ses", "sns", "events", "cloudwatch",
)  # fmt: skip


NAMESPACES = {"dynamodbstreams": "dynamodb", "sesv2": "ses"}

ACTIONS = {
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
    "dynamodb:TransactWriteItems": "dynamodb:ConditionCheckItem",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "lambda:Invoke": "lambda:InvokeFunction",
    # The engine takes these for a list of the bucket.
    "s3:CreateSession": "s3:ListBucket",
    "s3:GetBucketAbac": "s3:ListBucket",
    "s3:GetBucketMetadataConfiguration": "s3:ListBucket",
    "s3:GetBucketMetadataTableConfiguration": "s3:ListBucket",
}
"""What an operation asks for, where that has another name. Others that read or write files need
none: they name one in a folder where nobody may."""

UNJUDGED = frozenset(
    f"{service}:{name}"
    for service, names in {
        # Not for policies to judge: who calls these shows a user's own token, or a password.
        "cognito-idp": """
            AssociateSoftwareToken ChangePassword CompleteWebAuthnRegistration ConfirmDevice
            ConfirmForgotPassword ConfirmSignUp DeleteUser DeleteUserAttributes
            DeleteWebAuthnCredential ForgetDevice ForgotPassword GetDevice
            GetTokensFromRefreshToken GetUser GetUserAttributeVerificationCode GetUserAuthFactors
            GlobalSignOut InitiateAuth ListDevices ListWebAuthnCredentials ResendConfirmationCode
            RespondToAuthChallenge RevokeToken SetUserMFAPreference SetUserSettings SignUp
            StartWebAuthnRegistration UpdateAuthEventFeedback UpdateDeviceStatus
            UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute
        """,
        # Nor these: AWS lets everybody ask who they are, or judges a token from elsewhere.
        "sts": "AssumeRoleWithSAML AssumeRoleWithWebIdentity GetCallerIdentity",
        # The engine does not know under which action to judge them.
        "lambda": """
            CheckpointDurableExecution CreateCapacityProvider CreateCodeSigningConfig
            DeleteCapacityProvider DeleteCodeSigningConfig DeleteEventSourceMapping
            DeleteLayerVersion DeleteResourcePolicy GetAccountSettings GetCapacityProvider
            GetCodeSigningConfig GetDurableExecution GetDurableExecutionHistory
            GetDurableExecutionState GetResourcePolicy InvokeAsync InvokeWithResponseStream
            ListCapacityProviders ListCodeSigningConfigs ListFunctionVersionsByCapacityProvider
            PutResourcePolicy RemoveLayerVersionPermission SendDurableExecutionCallbackFailure
            SendDurableExecutionCallbackHeartbeat SendDurableExecutionCallbackSuccess
            StopDurableExecution UpdateCapacityProvider UpdateCodeSigningConfig
            UpdateEventSourceMapping UpdateFunctionEventInvokeConfig
        """,
        # The engine looks at the ARN that they name before it looks at who is asking.
        "logs": "ListTagsForResource TagResource UntagResource",
    }.items()
    for name in names.split()
)
"""Operations that are let through even for one who has no policy, so that nothing is shown by
trying them. That the list is this one, no more and no less, is tried too."""


@dataclass(frozen=True)
class Operation:
    """One operation of a service.

    Attributes:
        service: as boto3 calls it.
        name: as AWS calls it: `DeleteTable`.
        arguments: of the call, all that it requires.
    """

    service: str
    name: str
    arguments: Mapping[str, Any]

    @property
    def method(self) -> str:
        """Its name in boto3: `delete_table`."""
        return xform_name(self.name)

    @property
    def action(self) -> str:
        """The resource of the grant."""
        asked = ACTIONS.get(str(self))
        return asked or f"{NAMESPACES.get(self.service, self.service)}:{self.name}"

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


def known(places: Places, service: str) -> dict[str, Any]:
    """Values of a service's parameters by their names, so that calls name what is there."""
    key = {"pk": {"S": "access"}, "sk": {"S": "access"}}
    return {
        "TableName": places.records,
        "Bucket": places.buckets[0],
        "Key": "else/access" if service == "s3" else key,
        "QueueUrl": places.url(places.queues[0]),
        "UserPoolId": places.pools[0],
        "FunctionName": f"{STACK_NAME}-docs",
        "RoleName": places.roles["DocsRole"],
        "logGroupName": places.groups[0],
        "StackName": STACK_NAME,
        "StreamArn": places.streams[0],
    }


def operations(client: Any, service: str, known: Mapping[str, Any]) -> Iterator[Operation]:
    """All operations of a service.

    Args:
        client: of the service, for its model.
        service: as boto3 calls it.
        known: the values of parameters by their names; what is not there is made up.
    """
    model = client.meta.service_model
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        yield Operation(service, name, _members(shape, known) if shape else {})


def _members(shape: StructureShape, known: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: known[name] if name in known else _value(member, known)
        for name, member in shape.members.items()
        if name in shape.required_members
    }


def _value(shape: Shape, known: Mapping[str, Any]) -> Any:
    if isinstance(shape, StructureShape):
        return _members(shape, known)
    if isinstance(shape, ListShape):
        return [_value(shape.member, known)]
    if isinstance(shape, MapShape):
        return {_value(shape.key, known): _value(shape.value, known)}
    if isinstance(shape, StringShape):
        return shape.enum[0] if shape.enum else "x" * max(1, shape.metadata.get("min", 1))
    return _SIMPLE[shape.type_name]


_SIMPLE: dict[str, Any] = {
    "integer": 1,
    "long": 1,
    "float": 1.0,
    "double": 1.0,
    "boolean": True,
    "blob": b"x",
    "timestamp": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
}
