"""The AWS resources that the functions use, as template.yaml makes them, inside moto."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

RECORDS, BOOKKEEPING, BUCKET = "records", "bookkeeping", "files"
_QUEUE, _JOBS, _ERASURES = _QUEUES = ("dead-letters", "jobs", "erasures")

SETTINGS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "LOG_LEVEL": "CRITICAL",
    "POWERTOOLS_SERVICE_NAME": "brook",
    "RECORDS_TABLE": RECORDS,
    "BOOKKEEPING_TABLE": BOOKKEEPING,
    "BUCKET": BUCKET,
    "CRM_DEFAULT_CURRENCY": "USD",
    "CRM_REQUESTS_PER_MINUTE": "0",
    "CRM_ALLOWED_FILE_TYPES": "docx,xlsx,pptx,pdf,jpg,png,gif,svg,txt,csv,json,xml,zip,tar,gz",
    "CRM_MAX_FILE_BYTES": "5368709120",
}


@cache
def client(service: str) -> Any:
    """A client of moto; it outlives a test, what it speaks of does not."""
    return boto3.client(service)


@dataclass(frozen=True)
class Cloud:
    """The account of all tests, emptied before each.

    Attributes:
        user_pool_id: the stack's own user pool.
        dead_letters_url: the queue of what cannot be done.
        jobs_url: the queue of imports and exports.
        erasures_url: the queue of what is to be erased.
    """

    user_pool_id: str
    dead_letters_url: str
    jobs_url: str
    erasures_url: str

    @classmethod
    def make(cls) -> "Cloud":
        pool = client("cognito-idp").create_user_pool(
            PoolName="brook",
            UsernameAttributes=["email"],
            UsernameConfiguration={"CaseSensitive": False},
        )
        queues = [client("sqs").create_queue(QueueName=name) for name in _QUEUES]
        return cls(pool["UserPool"]["Id"], *(queue["QueueUrl"] for queue in queues))

    def empty(self) -> None:
        """Forget everything but the user pool itself, which is slow to make."""
        for service in ("dynamodb", "s3", "sqs"):
            get_backend(service)[DEFAULT_ACCOUNT_ID].reset()
        for name in (RECORDS, BOOKKEEPING):
            client("dynamodb").create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": "pk", "AttributeType": "S"},
                    {"AttributeName": "sk", "AttributeType": "S"},
                ],
            )
        client("s3").create_bucket(Bucket=BUCKET)
        client("s3").put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )
        for name in _QUEUES:
            client("sqs").create_queue(QueueName=name)
        users = client("cognito-idp").list_users(UserPoolId=self.user_pool_id)["Users"]
        for user in users:
            client("cognito-idp").admin_delete_user(
                UserPoolId=self.user_pool_id, Username=user["Username"]
            )

    def new_user(self, email: str, first_name: str, last_name: str) -> str:
        """Make somebody in the user pool; their `sub`."""
        made = client("cognito-idp").admin_create_user(
            UserPoolId=self.user_pool_id,
            Username=email,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "given_name", "Value": first_name},
                {"Name": "family_name", "Value": last_name},
            ],
        )
        attributes: dict[str, str] = {
            one["Name"]: one["Value"] for one in made["User"]["Attributes"]
        }
        return attributes["sub"]

    def objects(self, prefix: str = "") -> list[str]:
        """The keys in the bucket."""
        listed = client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [one["Key"] for one in listed.get("Contents", [])]

    def job_events(self) -> list[dict[str, Any]]:
        """Return Lambda's events for the worker: one for each message of the queue of jobs."""
        return _events(self.jobs_url)

    def erasing_events(self) -> list[dict[str, Any]]:
        """Return Lambda's events for the erasure function."""
        return _events(self.erasures_url)

    def versions(self, prefix: str = "") -> list[str]:
        """The keys of all versions and delete markers, and of uploads that nobody has ended."""
        kept = client("s3").list_object_versions(Bucket=BUCKET, Prefix=prefix)
        begun = client("s3").list_multipart_uploads(Bucket=BUCKET, Prefix=prefix)
        found = [*kept.get("Versions", []), *kept.get("DeleteMarkers", [])]
        return [one["Key"] for one in [*found, *begun.get("Uploads", [])]]

    def dead_letters(self) -> list[str]:
        """The bodies of what was parked."""
        received = client("sqs").receive_message(
            QueueUrl=self.dead_letters_url, MaxNumberOfMessages=10
        )
        return [message["Body"] for message in received.get("Messages", [])]


def _events(queue_url: str) -> list[dict[str, Any]]:
    """One event for each message that is there."""
    received = client("sqs").receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, AttributeNames=["All"]
    )
    return [
        {
            "Records": [
                {
                    "messageId": one["MessageId"],
                    "receiptHandle": one["ReceiptHandle"],
                    "body": one["Body"],
                    "attributes": one["Attributes"],
                }
            ]
        }
        for one in received.get("Messages", [])
    ]
