"""Actions that no function may have, whatever its policy: a list by hand.

The rest of this package holds the engine to the policies. This holds the policies to what Brook
promises: nobody reads a whole table, destroys what is stored, takes another's rights or secrets.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.settings import STACK_NAME
from tests.assurance.access.places import ELSE, Places, arn

TRUST = "{}"


@dataclass(frozen=True)
class Forbidden:
    """One call that every role is refused.

    Attributes:
        service: as boto3 calls it.
        method: of boto3's client.
        arguments: of the method.
        but: roles of the template that may, and the reason stands beside them.
    """

    service: str
    method: str
    arguments: dict[str, Any] = field(default_factory=dict)
    but: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.service}.{self.method}"


def table_of(places: Places) -> list[Forbidden]:
    return [
        *_tables(places),
        *_files(places),
        *_messages(places),
        *_users(places),
        *_code(places),
        *_rights(places),
        *_secrets(),
        *_infrastructure(places),
    ]


def _tables(places: Places) -> Iterator[Forbidden]:
    for table in places.tables:
        one = {"TableName": table}
        table_arn = arn("dynamodb", f"table/{table}")
        key = {"pk": {"S": "access"}, "sk": {"S": "access"}}
        for method, arguments in (
            ("scan", one),
            ("export_table_to_point_in_time", {"TableArn": table_arn, "S3Bucket": ELSE}),
            ("delete_table", one),
            ("update_table", {**one, "DeletionProtectionEnabled": False}),
            ("describe_table", one),
            ("update_time_to_live",
             {**one, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "pk"}}),
            ("update_continuous_backups",
             {**one, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}}),
            ("create_backup", {**one, "BackupName": "access"}),
            ("restore_table_to_point_in_time",
             {"SourceTableName": table, "TargetTableName": ELSE, "UseLatestRestorableTime": True}),
            ("put_resource_policy", {"ResourceArn": table_arn, "Policy": TRUST}),
            ("enable_kinesis_streaming_destination",
             {**one, "StreamArn": arn("kinesis", f"stream/{ELSE}")}),
        ):  # fmt: skip
            yield Forbidden("dynamodb", method, arguments)
        if table == ELSE:
            yield Forbidden("dynamodb", "get_item", {**one, "Key": key})
            yield Forbidden("dynamodb", "put_item", {**one, "Item": key})
    for statement in (
        "SELECT * FROM records",
        "UPDATE records SET a = 1 WHERE pk = 'a' AND sk = 'a'",
        "DELETE FROM records WHERE pk = 'a' AND sk = 'a'",
    ):
        one = {"Statement": statement}
        yield Forbidden("dynamodb", "execute_statement", one)
        yield Forbidden("dynamodb", "batch_execute_statement", {"Statements": [one]})
        yield Forbidden("dynamodb", "execute_transaction", {"TransactStatements": [one]})
    yield Forbidden("dynamodb", "list_tables")


NEED_NOT_FOUND = frozenset({"UploadsRole", "ImportingRole", "ExportingRole"})
"""Who may not list a bucket is told of a file that has gone that it is forbidden, not that it is
not there. S3 knows this right for the whole bucket only; what these read may have gone."""

ERASES = frozenset({"ErasingRole"})
"""Erasures list the versions of each file and the groups of a user."""

FORGETS = ERASES | {"AutomationRole"}
"""Erasures cancel the schedules of an erased record."""


def _files(places: Places) -> Iterator[Forbidden]:
    ours = {"Bucket": places.buckets[0]}
    yield Forbidden("s3", "list_objects_v2", ours, but=NEED_NOT_FOUND)
    for method in ("list_object_versions", "list_multipart_uploads"):
        yield Forbidden("s3", method, ours, but=ERASES)
    for method, more in (
        ("delete_bucket", {}),
        ("put_bucket_policy", {"Policy": TRUST}),
        ("delete_bucket_policy", {}),
        ("get_bucket_policy", {}),
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
        ("delete_public_access_block", {}),
        ("put_bucket_acl", {"ACL": "public-read"}),
        ("put_bucket_cors", {"CORSConfiguration": {"CORSRules": []}}),
        ("delete_bucket_lifecycle", {}),
        ("delete_bucket_encryption", {}),
        ("put_bucket_notification_configuration", {"NotificationConfiguration": {}}),
        ("put_object_acl", {"Key": "files/access", "ACL": "public-read"}),
        ("put_object_tagging", {"Key": "files/access", "Tagging": {"TagSet": []}}),
        ("get_object", {"Key": "access"}),
        ("put_object", {"Key": "access", "Body": b"x"}),
        ("delete_object", {"Key": "access"}),
    ):
        yield Forbidden("s3", method, {**ours, **more})
    for method in ("get_object", "put_object", "delete_object"):
        yield Forbidden("s3", method, {"Bucket": ELSE, "Key": "files/access"})
    yield Forbidden("s3", "list_objects_v2", {"Bucket": ELSE})
    yield Forbidden("s3", "list_buckets")
    yield Forbidden("s3", "create_bucket", {"Bucket": "access-of-a-role"})


def _messages(places: Places) -> Iterator[Forbidden]:
    for queue in places.queues:
        one = {"QueueUrl": places.url(queue)}
        yield Forbidden("sqs", "purge_queue", one)
        if "DeadLetter" in queue:
            yield Forbidden("sqs", "receive_message", one)
            yield Forbidden("sqs", "delete_message", {**one, "ReceiptHandle": "none"})
    one = {"QueueUrl": places.url(places.queues[0])}
    everybody = {"Label": "access", "AWSAccountIds": ["1"], "Actions": ["*"]}
    for method, arguments in (
        ("delete_queue", one),
        ("set_queue_attributes", {**one, "Attributes": {}}),
        ("add_permission", {**one, **everybody}),
        ("list_queues", {}),
    ):
        yield Forbidden("sqs", method, arguments)


def _users(places: Places) -> Iterator[Forbidden]:
    pool = {"UserPoolId": places.pools[0]}
    somebody = {**pool, "Username": "access@example.com"}
    yield Forbidden("cognito-idp", "admin_delete_user", somebody, but=ERASES)
    for method, arguments in (
        ("list_users", pool),
        ("admin_disable_user", somebody),
        ("admin_set_user_password", {**somebody, "Password": "Aa1aaaaaaaaaaa", "Permanent": True}),
        ("admin_update_user_attributes", {**somebody, "UserAttributes": []}),
        ("admin_add_user_to_group", {**somebody, "GroupName": "super_admin"}),
        ("admin_initiate_auth",
         {**pool, "ClientId": "access", "AuthFlow": "ADMIN_USER_PASSWORD_AUTH"}),
        ("list_users_in_group", {**pool, "GroupName": "super_admin"}),
        ("describe_user_pool_client", {**pool, "ClientId": "access"}),
        ("update_user_pool", pool),
        ("delete_user_pool", pool),
        ("create_user_pool_client", {**pool, "ClientName": "access"}),
    ):  # fmt: skip
        yield Forbidden("cognito-idp", method, arguments)


def _code(places: Places) -> Iterator[Forbidden]:
    one = {"FunctionName": f"{STACK_NAME}-members"}
    for method, arguments in (
        ("invoke", {**one, "InvocationType": "DryRun"}),
        ("get_function", one),
        ("get_function_configuration", one),
        ("update_function_code", {**one, "ZipFile": b"x"}),
        ("update_function_configuration", {**one, "Environment": {"Variables": {}}}),
        ("add_permission",
         {**one, "StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": "*"}),
        ("delete_function", one),
        ("create_function",
         {**one, "Role": places.roles["MembersRole"], "Code": {"ZipFile": b"x"}}),
    ):  # fmt: skip
        yield Forbidden("lambda", method, arguments)
    yield Forbidden("lambda", "list_functions")


def _rights(places: Places) -> Iterator[Forbidden]:
    for role in ("MembersRole", "DocsRole"):
        name = places.roles[role]
        one = {"RoleName": name}
        policy = {**one, "PolicyName": "access", "PolicyDocument": TRUST}
        for method, arguments in (
            ("put_role_policy", policy),
            ("delete_role_policy", {**one, "PolicyName": "access"}),
            (
                "attach_role_policy",
                {**one, "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
            ),
            ("update_assume_role_policy", {**one, "PolicyDocument": TRUST}),
            ("delete_role", one),
            ("get_role", one),
        ):
            yield Forbidden("iam", method, arguments)
        taken = {"RoleArn": f"arn:aws:iam::000000000000:role/{name}", "RoleSessionName": "access"}
        yield Forbidden("sts", "assume_role", taken)
    yield Forbidden("iam", "create_role", {"RoleName": "a", "AssumeRolePolicyDocument": TRUST})
    yield Forbidden("iam", "create_user", {"UserName": "a"})
    yield Forbidden("iam", "create_access_key", {"UserName": "a"})
    yield Forbidden("sts", "get_federation_token", {"Name": "access"})


def _secrets() -> Iterator[Forbidden]:
    yield Forbidden("ssm", "get_parameter", {"Name": "access", "WithDecryption": True})
    yield Forbidden("ssm", "get_parameters_by_path", {"Path": "/"})
    yield Forbidden("secretsmanager", "get_secret_value", {"SecretId": "access"})
    yield Forbidden("secretsmanager", "list_secrets")
    yield Forbidden("kms", "decrypt", {"CiphertextBlob": b"x"})
    yield Forbidden("kms", "list_keys")


def _infrastructure(places: Places) -> Iterator[Forbidden]:
    group = {"logGroupName": f"/aws/lambda/{STACK_NAME}-members"}
    timers = {"GroupName": places.schedules[0]}
    called_off = {**timers, "Name": "access"}
    yield Forbidden("scheduler", "delete_schedule", called_off, but=FORGETS)
    for service, method, arguments in (
        ("logs", "filter_log_events", group),
        ("logs", "delete_log_group", group),
        ("logs", "put_retention_policy", {**group, "retentionInDays": 1}),
        ("scheduler", "list_schedules", timers),
        ("scheduler", "get_schedule", {**timers, "Name": "access"}),
        ("scheduler", "create_schedule", {"GroupName": "default", "Name": "access"}),
        ("cloudformation", "update_stack", {"StackName": STACK_NAME}),
        ("cloudformation", "delete_stack", {"StackName": STACK_NAME}),
        ("cloudformation", "describe_stacks", {"StackName": STACK_NAME}),
        ("apigatewayv2", "get_apis", {}),
        ("apigatewayv2", "delete_api", {"ApiId": "access"}),
        ("events", "put_rule", {"Name": "access", "ScheduleExpression": "rate(1 day)"}),
        ("sns", "publish", {"TopicArn": arn("sns", "access"), "Message": "x"}),
        ("sesv2", "create_email_identity", {"EmailIdentity": "example.com"}),
        ("cloudwatch", "delete_alarms", {"AlarmNames": ["access"]}),
    ):
        yield Forbidden(service, method, arguments)
