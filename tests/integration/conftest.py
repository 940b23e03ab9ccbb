"""One deployed stack for all integration tests: own ports, own state, thrown away afterwards."""

from collections.abc import Iterator

import pytest

from local.process import StackProcess


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    process = StackProcess(tmp_path_factory.mktemp("stack"))
    process.start()
    yield process
    process.stop()


@pytest.fixture(autouse=True)
def _stands(stack: StackProcess) -> Iterator[None]:
    """Say at once why a stack has died; all tests after that would only fail to reach it."""
    yield
    if stack.death:
        pytest.exit(stack.death, returncode=1)
