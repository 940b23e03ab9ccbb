"""Permissions of the template."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract import template

RESOURCES = template.resources()
ROLES = [name for name, one in RESOURCES.items() if one["Type"] == "AWS::IAM::Role"]
TABLES = [name for name, one in RESOURCES.items() if one["Type"] == "AWS::DynamoDB::Table"]
QUEUES = [name for name, one in RESOURCES.items() if one["Type"] == "AWS::SQS::Queue"]
FUNCTIONS = [name for name, one in RESOURCES.items() if one["Type"] == "AWS::Serverless::Function"]

READS_A_WHOLE_TABLE = {
    "dynamodb:Scan",
    "dynamodb:PartiQLSelect",
    "dynamodb:ExportTableToPointInTime",
}


def statements(role: str) -> Iterator[dict[str, Any]]:
    for policy in RESOURCES[role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            yield statement["Fn::If"][1] if "Fn::If" in statement else statement


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def address(resource: Any) -> str:
    """A resource as its text, whichever function makes it."""
    [text] = resource.values()
    return str(text)


@pytest.mark.parametrize("role", ROLES)
def test_no_policy_allows_more_than_it_names(role: str) -> None:
    """A star stands only at the end, below a folder of the bucket or a group of schedules."""
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource", "NotPrincipal"} & statement.keys()
        for action in listed(statement["Action"]):
            assert "*" not in action
            assert action not in READS_A_WHOLE_TABLE
        for resource in listed(statement["Resource"]):
            assert isinstance(resource, dict), "made from this stack's own names"
            text = address(resource)
            if "*" in text:
                assert text.endswith("/*")
                assert text.count("*") == 1
                below = text.removesuffix("/*").rpartition("/")[2]
                assert below in {"uploads", "imports", "exports", "files", "${Timers}"} or (
                    text.endswith("/uploads/imports/*")
                )


@pytest.mark.parametrize("role", ROLES)
def test_of_the_policies_of_others_only_that_of_traces_on_demand(role: str) -> None:
    """X-Ray has no resources: a policy of ours would need a star, AWS's own has it."""
    traces = {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSXRayDaemonWriteAccess"}
    assert RESOURCES[role]["Properties"].get("ManagedPolicyArns") == (
        None
        if role == "SchedulerRole"
        else {"Fn::If": ["Traced", [traces], {"Ref": "AWS::NoValue"}]}
    )


@pytest.mark.parametrize("function", sorted({one.function for one in template.routes()} - {"docs"}))
def test_who_answers_users_may_count_their_requests(function: str) -> None:
    """The rate limit writes its item; without the permission the function would only log it."""
    [role] = [
        RESOURCES[name]["Properties"]["Role"]["Fn::GetAtt"].removesuffix(".Arn")
        for name in FUNCTIONS
        if RESOURCES[name]["Properties"]["CodeUri"] == f"functions/api/{function}"
    ]
    assert any(
        "dynamodb:UpdateItem" in listed(statement["Action"])
        and {"Fn::GetAtt": "BookkeepingTable.Arn"} in listed(statement["Resource"])
        for statement in statements(role)
    )


def test_each_function_has_a_role_of_its_own() -> None:
    roles = [RESOURCES[name]["Properties"]["Role"]["Fn::GetAtt"] for name in FUNCTIONS]
    assert sorted(roles) == sorted(f"{name.removesuffix('Function')}Role.Arn" for name in FUNCTIONS)


@pytest.mark.parametrize("role", ROLES)
def test_only_the_service_that_runs_it_takes_a_role(role: str) -> None:
    [trust] = RESOURCES[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    service = "scheduler" if role == "SchedulerRole" else "lambda"
    assert trust["Principal"] == {"Service": f"{service}.amazonaws.com"}
    assert trust["Action"] == "sts:AssumeRole"


def test_the_bucket_is_closed_and_encrypted() -> None:
    bucket = RESOURCES["Bucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    [statement] = RESOURCES["BucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_encrypted_and_can_be_taken_back(table: str) -> None:
    properties = RESOURCES[table]["Properties"]
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    recovery = properties["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert properties["DeletionProtectionEnabled"] is True
    assert RESOURCES[table]["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize(
    "queue", [n for n, r in RESOURCES.items() if r["Type"] == "AWS::SQS::Queue"]
)
def test_queues_are_encrypted_and_keep_for_a_fortnight(queue: str) -> None:
    properties = RESOURCES[queue]["Properties"]
    assert properties["SqsManagedSseEnabled"] is True
    assert properties["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_users_are_made_by_admins_and_do_not_tell_whether_they_exist() -> None:
    pool = RESOURCES["UserPool"]["Properties"]
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    client = RESOURCES["UserPoolClient"]["Properties"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_the_access_log_holds_no_person() -> None:
    told = RESOURCES["Api"]["Properties"]["AccessLogSettings"]["Format"]
    for personal in (
        "sourceIp",
        "userAgent",
        "authorizer",
        "identity",
        "queryString",
        "$context.path",
    ):
        assert personal not in told
