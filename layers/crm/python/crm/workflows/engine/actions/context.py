"""The input and the result of an action."""

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
"""An action whose placeholders and values are filled in."""


@dataclass(frozen=True)
class Done:
    """The result of an action whose writes are staged.

    Attributes:
        result: the result for the execution log.
        after: called after the commit; must be safe to repeat.
    """

    result: Mapping[str, Any]
    after: Callable[[], None] | None = None


@dataclass(frozen=True)
class Context:
    """The context in which an action runs.

    Attributes:
        execution: the action's execution.
        index: the action's number in the execution.
        caller: the last author of the rule, acting as an admin.
        transaction: the action's writes, committed together with the step to the next action.
    """

    execution: Execution
    index: int
    caller: Caller
    transaction: Transaction

    def record(self) -> SharedRecord:
        """Return the current record.

        Raises:
            NotFoundError: The record is deleted.
        """
        execution = self.execution
        found = records.find(execution.organization_id, execution.record_type, execution.record_id)
        if found is None:
            raise NotFoundError("The record has gone.")
        return found

    def change(self, field: str, value: Any) -> Done:
        """Set a field of the record. Raises the errors of a PATCH."""
        is_changed = records.change(self.transaction, self.caller, self.record(), field, value)
        return Done({"changed": is_changed})


Action = Callable[[Context, Planned], Done]
