"""Names of stacks on AWS."""

from pathlib import Path

import pytest

from local.errors import LocalStackError
from tools.ops import stack_name

CONFIG = '[default.deploy.parameters]\nstack_name = "sales"\n'


@pytest.mark.parametrize("name", ["brook", "b", "brook-2", "a" * 29])
def test_names(name: str, tmp_path: Path) -> None:
    assert stack_name.checked(name, tmp_path / "samconfig.toml") == name
    bucket = f"{name}-files-123456789012-ap-southeast-1"
    assert len(bucket) <= 63


@pytest.mark.parametrize("name", ["Brook", "2brook", "brook_2", "brook-", "a" * 30, "-", "bröok"])
def test_what_is_no_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match="STACK="):
        stack_name.checked(name, tmp_path / "samconfig.toml")


def test_the_name_of_the_last_deployment(tmp_path: Path) -> None:
    settings = tmp_path / "samconfig.toml"
    assert stack_name.checked("", settings) == "brook"
    settings.write_text(CONFIG)
    assert stack_name.checked("", settings) == "sales"
    assert stack_name.checked("other", settings) == "other"
    settings.write_text("version = 0.1\n")
    assert stack_name.checked("", settings) == "brook"
