"""A local stack of the benchmark's own, and this process turned towards it."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.functions import Deployment, Function
from local import handlers
from local.environment import CREDENTIALS
from local.process import StackProcess
from local.settings import REGION, STACK_NAME


@contextmanager
def stack() -> Iterator[StackProcess]:
    """The deployed template on free ports, without data, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="brook-benchmarks-") as directory:
        process = StackProcess(Path(directory))
        process.start()
        try:
            _silence(process)
            _turn_to(process)
            yield process
        finally:
            process.stop()


def deployment(stack: StackProcess, functions: Sequence[Function]) -> Deployment:
    """The functions with the environment variables that the template gave them."""
    described = stack.client("lambda")
    return Deployment(functions, {one.name: _variables(described, one) for one in functions})


def _silence(stack: StackProcess) -> None:
    """Nothing but the benchmark shall work: stream, queue, bucket and clock set off no function."""
    functions, schedules = stack.client("lambda"), stack.client("scheduler")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])
    for schedule in schedules.list_schedules()["Schedules"]:
        schedules.delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])
    stack.client("s3").put_bucket_notification_configuration(
        Bucket=stack.outputs["Bucket"], NotificationConfiguration={}
    )


def environment(stack: StackProcess) -> dict[str, str]:
    """What Lambda puts into every function's environment, with the engine as its AWS."""
    return CREDENTIALS | {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": stack.engine_url,
        "AWS_REGION": REGION,
    }


def layers(stack: StackProcess) -> list[Path]:
    """The unpacked layers of the functions, in the order in which Lambda searches them."""
    built = stack.settings.directory / "build"
    return [built / name / "python" for name in ("CrmLayer", "DependenciesLayer")]


def _variables(described: Any, function: Function) -> dict[str, str]:
    name = f"{STACK_NAME}-{handlers.deployed_name(function.name)}"
    configuration = described.get_function_configuration(FunctionName=name)
    variables: dict[str, str] = configuration["Environment"]["Variables"]
    return variables


def _turn_to(stack: StackProcess) -> None:
    """Forget the reader's AWS, know only this stack's."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(environment(stack))
