"""Settings, read from environment variables on use."""

import os


def default_currency() -> str:
    """`CRM_DEFAULT_CURRENCY`: the currency of an organization that sets none."""
    return os.environ.get("CRM_DEFAULT_CURRENCY", "USD")


def default_activity_timeline_limit() -> int:
    """`CRM_DEFAULT_ACTIVITY_TIMELINE_LIMIT`: the number of activities in a timeline by default."""
    return int(os.environ.get("CRM_DEFAULT_ACTIVITY_TIMELINE_LIMIT", "100"))


def max_custom_fields_per_entity() -> int:
    """`CRM_MAX_CUSTOM_FIELDS_PER_ENTITY`: the maximum number of custom fields per record type."""
    return int(os.environ.get("CRM_MAX_CUSTOM_FIELDS_PER_ENTITY", "50"))


def max_workflow_rules_per_entity() -> int:
    """`CRM_MAX_WORKFLOW_RULES_PER_ENTITY`: the maximum number of workflow rules per record type."""
    return int(os.environ.get("CRM_MAX_WORKFLOW_RULES_PER_ENTITY", "100"))


def requests_per_minute() -> int:
    """`CRM_REQUESTS_PER_MINUTE`: the maximum number of requests per user; 0 for no limit."""
    return int(os.environ.get("CRM_REQUESTS_PER_MINUTE", "6000"))


def allowed_file_types() -> frozenset[str]:
    """`CRM_ALLOWED_FILE_TYPES`: the file name extensions allowed for documents."""
    return frozenset(
        extension.strip().lower()
        for extension in os.environ["CRM_ALLOWED_FILE_TYPES"].split(",")
        if extension.strip()
    )


def max_file_bytes() -> int:
    """`CRM_MAX_FILE_BYTES`: the maximum size of a document, in bytes."""
    return int(os.environ["CRM_MAX_FILE_BYTES"])


def records_table() -> str:
    """`RECORDS_TABLE`: the name of the single table of records."""
    return os.environ["RECORDS_TABLE"]


def bookkeeping_table() -> str:
    """`BOOKKEEPING_TABLE`: the system table of derived and short-lived items, without a stream."""
    return os.environ["BOOKKEEPING_TABLE"]


def bucket() -> str:
    """`BUCKET`: the bucket for files."""
    return os.environ["BUCKET"]


def user_pool_id() -> str | None:
    """`USER_POOL_ID`: the stack's own user pool; None if another issuer provides the users."""
    return os.environ.get("USER_POOL_ID") or None


def email_sender() -> str | None:
    """`EMAIL_SENDER`: the sender address of email; None if no email is sent."""
    return os.environ.get("EMAIL_SENDER") or None


def schedule_group() -> str:
    """`SCHEDULE_GROUP`: the group of the one-time schedules of delayed actions."""
    return os.environ["SCHEDULE_GROUP"]


def timers_function_arn() -> str:
    """`TIMERS_FUNCTION_ARN`: the function that one-time schedules invoke."""
    return os.environ["TIMERS_FUNCTION_ARN"]


def scheduler_role_arn() -> str:
    """`SCHEDULER_ROLE_ARN`: the role with which one-time schedules invoke the function."""
    return os.environ["SCHEDULER_ROLE_ARN"]


def dead_letter_queue_url() -> str:
    """`DEAD_LETTER_QUEUE_URL`: the queue of failed work, with all the data to repeat it."""
    return os.environ["DEAD_LETTER_QUEUE_URL"]


def deliveries_queue_url() -> str:
    """`DELIVERIES_QUEUE_URL`: the queue of webhook deliveries."""
    return os.environ["DELIVERIES_QUEUE_URL"]


def jobs_queue_url() -> str:
    """`JOBS_QUEUE_URL`: the queue of the jobs that the function starts or processes."""
    return os.environ["JOBS_QUEUE_URL"]


def erasing_queue_url() -> str:
    """`ERASING_QUEUE_URL`: the queue of pending erasures."""
    return os.environ["ERASING_QUEUE_URL"]


def webhook_allow_loopback() -> bool:
    """`WEBHOOK_ALLOW_LOOPBACK`: True if webhooks may call the host that sends them."""
    return os.environ.get("WEBHOOK_ALLOW_LOOPBACK") == "true"


def has_own_endpoint() -> bool:
    """`AWS_ENDPOINT_URL`: whether another server than AWS answers the calls of AWS services."""
    return "AWS_ENDPOINT_URL" in os.environ
