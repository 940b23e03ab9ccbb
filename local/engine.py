"""The embedded engine: DynamoDB, S3, Lambda, API Gateway, Cognito and the rest, in this process."""

import importlib
import logging.handlers
import os
import shutil
import sys
from typing import Any

from hypercorn.typing import ASGIFramework

from local import (
    alarms,
    capacity,
    checksums,
    environment,
    http_api,
    permissions,
    persistence,
    unpacking,
)
from local.errors import LocalStackError
from local.settings import Settings


def load(settings: Settings) -> Any:
    """Import the engine, which reads its settings from the environment on import."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment.for_engine(settings))
    _prepare_state(settings)
    _log_to_file(settings)
    application = importlib.import_module("ministack.app")
    persistence.install()
    checksums.install()
    capacity.install()
    permissions.install()
    http_api.install()
    alarms.install()
    unpacking.install()
    _run_functions_outside_the_environment()
    _answer_without_waiting_for_logs()
    return application


def asgi(application: Any) -> ASGIFramework:
    app: ASGIFramework = application.app
    return app


def _prepare_state(settings: Settings) -> None:
    try:
        shutil.rmtree(settings.scratch, ignore_errors=True)
        settings.scratch.mkdir()
        settings.state.mkdir(parents=True, exist_ok=True)
        probe = settings.state / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise LocalStackError(f"cannot write to {settings.state}: {error.strerror}") from error


def _log_to_file(settings: Settings) -> None:
    handler = logging.handlers.RotatingFileHandler(
        settings.engine_log, maxBytes=10_000_000, backupCount=1
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _run_functions_outside_the_environment() -> None:
    """Run functions with the bare interpreter: what the layers lack must be missing here too.

    The engine would run them in this virtual environment, where every development package,
    and `crm` itself, can be imported.
    """
    runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
    detect = runtime._detect_runtime_binary

    def detect_bare(name: str) -> tuple[str, str]:
        binary, script = detect(name)
        bare = getattr(sys, "_base_executable", None)
        return (bare if bare and binary == sys.executable else binary), script

    runtime._detect_runtime_binary = detect_bare


def _answer_without_waiting_for_logs() -> None:
    """Shorten the wait for a log line, which delays functions that log nothing by 50 ms."""
    runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
    drain = runtime.Worker._drain_stderr_bounded

    def drain_soon(worker: Any) -> str:
        logged: str = drain(worker, first_line_wait=0.003)
        return logged

    runtime.Worker._drain_stderr_bounded = drain_soon
