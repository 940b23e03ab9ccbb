"""Permissions to see and change records: role × ownership × team."""

from dataclasses import dataclass, field
from itertools import product

import pytest

from crm.platform.errors import PermissionDeniedError
from crm.tenancy.permissions import Caller, may_change, may_see, require_admin


@dataclass(frozen=True)
class Record:
    """A record that some own, and that some teams see or change."""

    owners: list[str] = field(default_factory=list)
    viewing_teams: list[str] = field(default_factory=list)
    changing_teams: list[str] = field(default_factory=list)


@pytest.mark.parametrize(
    ("admin", "owner", "in_team", "shared", "changing"), list(product([False, True], repeat=5))
)
def test_seeing_and_changing(
    admin: bool, owner: bool, in_team: bool, shared: bool, changing: bool
) -> None:
    caller = Caller(
        "me", "org", "admin" if admin else "member", frozenset({"team"} if in_team else {})
    )
    teams = ["other", "team"] if shared else ["other"]
    record = Record(["me" if owner else "somebody"], teams, teams if changing else [])
    assert may_see(caller, record) is (admin or owner or (in_team and shared))
    assert may_change(caller, record) is (admin or owner or (in_team and shared and changing))


def test_a_record_of_nobody_is_for_admins() -> None:
    assert not may_see(Caller("me", "org", "member", frozenset({"team"})), Record())
    assert may_see(Caller("me", "org", "admin"), Record())


def test_a_team_is_no_user() -> None:
    assert not may_see(Caller("team", "org", "member"), Record(["x"], ["team"]))
    assert not may_see(Caller("me", "org", "member", frozenset({"x"})), Record(["x"], []))


def test_requiring_an_admin() -> None:
    require_admin(Caller("me", "org", "admin"))
    with pytest.raises(PermissionDeniedError):
        require_admin(Caller("me", "org", "member"))
