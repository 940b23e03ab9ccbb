"""Environment variables of a local stack."""

import pytest

from local.errors import LocalStackError
from local.settings import Settings


def test_without_parameters_all_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARAMETERS", raising=False)
    assert Settings.from_environment().parameters == ()


def test_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAMETERS", " CrmRequestsPerMinute=0  AllowedOrigins= ")
    assert Settings.from_environment().parameters == ("CrmRequestsPerMinute=0", "AllowedOrigins=")


@pytest.mark.parametrize("given", ["CrmRequestsPerMinute", "=0", "A=1 --no-sign-request"])
def test_what_is_no_parameter(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("PARAMETERS", given)
    with pytest.raises(LocalStackError, match="PARAMETERS are NAME=VALUE"):
        Settings.from_environment()
