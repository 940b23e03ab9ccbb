"""Settings, read from the environment when they are first needed."""

import os


def default_currency() -> str:
    """`CRM_DEFAULT_CURRENCY`: the currency of an organization that names none."""
    return os.environ.get("CRM_DEFAULT_CURRENCY", "USD")


def default_activity_timeline_limit() -> int:
    """`CRM_DEFAULT_ACTIVITY_TIMELINE_LIMIT`: how much a timeline shows that is not asked."""
    return int(os.environ.get("CRM_DEFAULT_ACTIVITY_TIMELINE_LIMIT", "100"))


def max_custom_fields_per_entity() -> int:
    """`CRM_MAX_CUSTOM_FIELDS_PER_ENTITY`: how many one record type may have."""
    return int(os.environ.get("CRM_MAX_CUSTOM_FIELDS_PER_ENTITY", "50"))


def max_workflow_rules_per_entity() -> int:
    """`CRM_MAX_WORKFLOW_RULES_PER_ENTITY`: how many one record type may have."""
    return int(os.environ.get("CRM_MAX_WORKFLOW_RULES_PER_ENTITY", "100"))


def requests_per_minute() -> int:
    """`CRM_REQUESTS_PER_MINUTE`: how many requests a user may make; 0 for any number."""
    return int(os.environ.get("CRM_REQUESTS_PER_MINUTE", "6000"))


def allowed_file_types() -> frozenset[str]:
    """`CRM_ALLOWED_FILE_TYPES`: the file name extensions that documents may have."""
    return frozenset(
        extension.strip().lower()
        for extension in os.environ["CRM_ALLOWED_FILE_TYPES"].split(",")
        if extension.strip()
    )


def max_file_bytes() -> int:
    """`CRM_MAX_FILE_BYTES`: the largest document, in bytes."""
    return int(os.environ["CRM_MAX_FILE_BYTES"])


def records_table() -> str:
    """`RECORDS_TABLE`: the name of the single table of records."""
    return os.environ["RECORDS_TABLE"]


def bookkeeping_table() -> str:
    """`BOOKKEEPING_TABLE`: the table of derived and short-lived items, without a stream."""
    return os.environ["BOOKKEEPING_TABLE"]


def bucket() -> str:
    """`BUCKET`: the bucket of files."""
    return os.environ["BUCKET"]


def user_pool_id() -> str | None:
    """`USER_POOL_ID`: the stack's own user pool; None when users come from elsewhere."""
    return os.environ.get("USER_POOL_ID") or None


def email_sender() -> str | None:
    """`EMAIL_SENDER`: the address that email comes from; None where none is sent."""
    return os.environ.get("EMAIL_SENDER") or None


def schedule_group() -> str:
    """`SCHEDULE_GROUP`: where the alarm clocks of delayed actions stand."""
    return os.environ["SCHEDULE_GROUP"]


def timers_function_arn() -> str:
    """`TIMERS_FUNCTION_ARN`: the function that alarm clocks wake."""
    return os.environ["TIMERS_FUNCTION_ARN"]


def scheduler_role_arn() -> str:
    """`SCHEDULER_ROLE_ARN`: the role in which they wake it."""
    return os.environ["SCHEDULER_ROLE_ARN"]


def dead_letter_queue_url() -> str:
    """`DEAD_LETTER_QUEUE_URL`: where work goes that cannot be done, with all that it needs."""
    return os.environ["DEAD_LETTER_QUEUE_URL"]


def deliveries_queue_url() -> str:
    """`DELIVERIES_QUEUE_URL`: the queue of webhook deliveries."""
    return os.environ["DELIVERIES_QUEUE_URL"]


def jobs_queue_url() -> str:
    """`JOBS_QUEUE_URL`: the queue of the jobs that the function begins or works at."""
    return os.environ["JOBS_QUEUE_URL"]


def erasing_queue_url() -> str:
    """`ERASING_QUEUE_URL`: the queue of what is being erased."""
    return os.environ["ERASING_QUEUE_URL"]


def webhook_allow_loopback() -> bool:
    """`WEBHOOK_ALLOW_LOOPBACK`: webhooks may call the machine that they are sent from."""
    return os.environ.get("WEBHOOK_ALLOW_LOOPBACK") == "true"
