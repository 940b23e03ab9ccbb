"""Environment variables: the engine's settings, and those that direct AWS tools to the engine."""

import os

from local.settings import HOST, REGION, Settings

# The engine accepts any access key as the account's owner; functions get keys of their own roles.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def without_aws() -> dict[str, str]:
    """Return this process's environment without the user's AWS profiles, keys and regions."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def for_tools(settings: Settings) -> dict[str, str]:
    """Return the environment for `sam`: all its calls go to the engine."""
    return (
        without_aws()
        | CREDENTIALS
        | {
            "AWS_ENDPOINT_URL": settings.engine_url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.2",
        }
    )


def for_engine(settings: Settings) -> dict[str, str]:
    return {
        "AUTH": "true",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(settings.engine_port),
        "MINISTACK_HOST": "localhost",
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "INFO",
        # Every start of a function unpacks its layers: this keeps them out of the machine's /tmp.
        "TMPDIR": str(settings.scratch),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(settings.state),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(settings.state / "s3"),
        # Each concurrent request has a process of 70 MB: end them soon, for small machines.
        "LAMBDA_WARM_TTL_SECONDS": "30",
        # Brook does not use these listeners.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
