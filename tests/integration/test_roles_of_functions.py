"""Each role of the template, worn: what it grants is allowed, and all else is refused.

`test_roles.py` has the functions themselves try; this asks the engine, for every role, action and
place.
"""

from collections.abc import Iterator

import pytest

from local import handlers
from local.process import StackProcess
from tests.assurance.access import calls
from tests.assurance.access.grants import Grant
from tests.assurance.access.logs import Logs
from tests.assurance.access.trial import Trial
from tests.assurance.access.work import Day, Done, operations
from tests.contract import template
from tests.support.integration.client import Brook, wait_until
from tests.support.receiver import Receiver, serving

FUNCTIONS = [
    handlers.deployed_name(one["Properties"]["CodeUri"].rpartition("/")[2])
    for one in template.resources().values()
    if one["Type"] == "AWS::Serverless::Function"
]
ROLES = [name for name, one in template.resources().items() if one["Type"] == "AWS::IAM::Role"]
OF_SAM = {"DueFunctionClockRole"}
"""Roles that the template does not spell out: SAM makes one for each schedule."""


@pytest.fixture(scope="module")
def trial(stack: StackProcess) -> Iterator[Trial]:
    made = Trial(stack)
    with made.places.another_bucket():
        yield made


def test_the_stack_has_the_roles_of_the_template(trial: Trial) -> None:
    assert set(trial.roles) == {*ROLES, *OF_SAM}


def test_who_has_no_policy_is_refused_all_of_it(trial: Trial) -> None:
    """The witness: it is the policies that the following is due to."""
    outcome = trial.strangers()
    assert outcome.wrong == []
    assert outcome.refused > 0


@pytest.mark.parametrize("role", [*ROLES, *OF_SAM])
def test_a_role_may_do_what_it_is_granted_and_nothing_else(trial: Trial, role: str) -> None:
    outcome = trial.policies([role])
    assert outcome.wrong == []
    tried = {one.action for one in calls.all_calls(trial.places)} - calls.TOO_STRICT
    assert (outcome.allowed > 0) == bool(trial.grants(role).actions & tried)


@pytest.mark.parametrize("role", [*ROLES, *OF_SAM])
def test_a_role_may_nothing_that_no_role_may(trial: Trial, role: str) -> None:
    assert trial.forbidden([role]).wrong == []


def test_nobody_hands_on_a_role_but_the_scheduler_s(trial: Trial) -> None:
    """The engine does not ask for this right, so it is read off the policies."""
    grants = {grant for role in trial.roles for grant in trial.grants(role).all}
    handed_on = {grant for grant in grants if grant.action in calls.UNSEEN}
    role = trial.roles["SchedulerRole"]
    assert handed_on == {Grant("iam:PassRole", f"arn:aws:iam::000000000000:role/{role}")}


def test_each_function_does_what_it_is_there_for_in_its_own_role(stack: StackProcess) -> None:
    """Every operation of the API succeeds, every function runs, and none is refused anything."""
    done, logs = Done(), Logs(stack)
    with Brook(stack) as brook, serving(Receiver()) as receiver:
        brook.http.event_hooks["response"].append(done.note)
        Day(brook, receiver).work()
    assert set(operations()) - done.succeeded == set()
    wait_until(lambda: [name for name in FUNCTIONS if not logs.calls(name)], lambda idle: not idle)
    assert {name: lines for name in FUNCTIONS if (lines := logs.refusals(name))} == {}
