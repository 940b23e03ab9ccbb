"""What an action gets, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.platform.dynamodb.transaction import Transaction
from crm.platform.errors import NotFoundError
from crm.records.shared_record import SharedRecord
from crm.tenancy.permissions import Caller
from crm.workflows.engine import records
from crm.workflows.engine.executions import Execution

Planned = Mapping[str, Any]
"""An action with its texts and values filled in."""


@dataclass(frozen=True)
class Done:
    """What an action has staged.

    Attributes:
        result: what the log says of it.
        after: what is to follow once it is committed; it may happen again.
    """

    result: Mapping[str, Any]
    after: Callable[[], None] | None = None


@dataclass(frozen=True)
class Context:
    """Where an action runs.

    Attributes:
        execution: the execution that it belongs to.
        index: its number in it.
        caller: in whose name: an admin, the one who wrote the rule last.
        transaction: what it writes, committed together with the step to the next action.
    """

    execution: Execution
    index: int
    caller: Caller
    transaction: Transaction

    def record(self) -> SharedRecord:
        """The record as it stands.

        Raises:
            NotFoundError: it has gone.
        """
        execution = self.execution
        found = records.find(execution.organization_id, execution.record_type, execution.record_id)
        if found is None:
            raise NotFoundError("The record has gone.")
        return found

    def change(self, field: str, value: Any) -> Done:
        """Set a field of the record. Raises what a PATCH would be refused with."""
        is_changed = records.change(self.transaction, self.caller, self.record(), field, value)
        return Done({"changed": is_changed})


Action = Callable[[Context, Planned], Done]
