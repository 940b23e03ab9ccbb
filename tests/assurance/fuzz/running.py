"""The stack that requests are sent to: one of its own, or one that runs already."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.clients import clients
from local.process import StackProcess
from local.settings import Settings


@contextmanager
def own_stack() -> Iterator[StackProcess]:
    """The deployed template on free ports, without data, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="brook-fuzz-") as directory:
        process = StackProcess(Path(directory))
        process.start()
        try:
            yield process
        finally:
            process.stop()


@contextmanager
def running_stack() -> Iterator[StackProcess]:
    """The one that `LOCAL_DIRECTORY`, `PORT` and `ENGINE_PORT` name; it is left as it is."""
    settings = Settings.from_environment()
    process = StackProcess(settings.directory)
    process.settings, process.client = settings, clients(settings)
    yield process
