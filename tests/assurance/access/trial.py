"""Tries calls in every role and tells what came out otherwise than it must."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.process import StackProcess
from tests.assurance.access import calls, forbidden, grants, sweep
from tests.assurance.access.calls import TOO_STRICT, UNSEEN
from tests.assurance.access.places import Places
from tests.assurance.access.roles import Wardrobe


@dataclass
class Outcome:
    """The outcome of many calls.

    Attributes:
        allowed: calls that were let through, as they must be.
        refused: calls that were refused, as they must be.
        wrong: what came out otherwise, in words.
    """

    allowed: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)

    def note(self, what: object, *, refused: bool, expected: bool) -> None:
        """Count one call."""
        if refused != expected:
            self.wrong.append(f"{what} is {'refused' if refused else 'let through'}")
        elif refused:
            self.refused += 1
        else:
            self.allowed += 1


class Trial:
    """All roles of a deployed stack, to be tried one after the other.

    What is not Brook's has to be there: `with trial.places.another_bucket()`.
    """

    def __init__(self, stack: StackProcess) -> None:
        self.places = Places(stack)
        self._wardrobe = Wardrobe(stack)
        self._identities = stack.client("iam")

    @property
    def roles(self) -> dict[str, str]:
        """The names of the roles by their logical ids."""
        return self.places.roles

    def grants(self, role: str) -> grants.Grants:
        """The granted actions of the deployed policies of a role."""
        name = self.roles[role]
        found = self._identities.list_role_policies(RoleName=name)["PolicyNames"]
        return grants.of(
            self._identities.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"]
            for one in found
        )

    def policies(self, roles: Sequence[str]) -> Outcome:
        """Every granted action at every place: refused there, unless it is granted there."""
        outcome = Outcome()
        catalogue = calls.all_calls(self.places)
        known = {call.action for call in catalogue} | UNSEEN
        for role in roles:
            granted = self.grants(role)
            assert granted.actions <= known, f"no call of {granted.actions - known}"
            self._wardrobe.wear(self.roles[role])
            for call in catalogue:
                allowed = granted.allow(call.action, call.resource)
                outcome.note(
                    f"{role}: {call}",
                    refused=self._is_refused(call),
                    expected=not allowed or call.action in TOO_STRICT,
                )
        return outcome

    def forbidden(self, roles: Sequence[str]) -> Outcome:
        """The actions that no role may have."""
        outcome = Outcome()
        table = forbidden.table_of(self.places)
        for role in roles:
            self._wardrobe.wear(self.roles[role])
            for call in table:
                outcome.note(
                    f"{role}: {call}",
                    refused=self._is_refused(call),
                    expected=role not in call.but,
                )
        return outcome

    def strangers(self) -> Outcome:
        """The witness: who has no policy is refused all of it, so refusing is the engine's work."""
        outcome = Outcome()
        tried = [*calls.all_calls(self.places), *forbidden.table_of(self.places)]
        with self._wardrobe.stranger() as name:
            self._wardrobe.wear(name)
            for call in tried:
                outcome.note(f"stranger: {call}", refused=self._is_refused(call), expected=True)
        return outcome

    def unjudged(self) -> set[str]:
        """The operations that the engine lets even one through who has no policy."""
        with self._wardrobe.stranger() as name:
            self._wardrobe.wear(name)
            return {str(one) for one in self._operations() if not self._is_refused(one)}

    def everything(self, roles: Sequence[str]) -> Outcome:
        """Every operation that the SDK knows: refused, unless the role is granted its action.

        Those that are granted are tried, at every place, by `policies`.
        """
        outcome = Outcome()
        operations = [one for one in self._operations() if str(one) not in sweep.UNJUDGED]
        for role in roles:
            granted = self.grants(role).actions
            self._wardrobe.wear(self.roles[role])
            for one in operations:
                if one.action not in granted:
                    outcome.note(f"{role}: {one}", refused=self._is_refused(one), expected=True)
        return outcome

    def _operations(self) -> Iterator[sweep.Operation]:
        for service in sweep.SERVICES:
            client = self._wardrobe.client(service)
            yield from sweep.operations(client, service, sweep.known(self.places, service))

    def _is_refused(self, call: Any) -> bool:
        return self._wardrobe.is_refused(call.service, call.method, call.arguments)
