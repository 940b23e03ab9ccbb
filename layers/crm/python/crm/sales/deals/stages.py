"""Stage-dependent attributes of deals, and the rules of transitions. Pure."""

from collections.abc import Mapping
from typing import Any

from crm.platform import money
from crm.platform.errors import InvalidStageTransitionError
from crm.sales.deals.schemas import DealStatus
from crm.sales.pipelines.schemas import Pipeline, Stage

STATUS_IN: Mapping[str, DealStatus] = {"open": "open", "closed_won": "won", "closed_lost": "lost"}
"""The status of a deal, by the status of its stage."""


def derived(
    stage: Stage, amount: str | None, currency: str, closed_on: str | None
) -> dict[str, Any]:
    """Return the attributes of a deal that depend on its stage.

    Args:
        stage: the stage.
        amount: the deal's amount as it is stored.
        currency: the currency of the amount.
        closed_on: the closing time of the deal, used if the stage closes it.
    """
    status = STATUS_IN[stage.status]
    return {
        "pipeline_id": stage.pipeline_id,
        "stage_id": stage.id,
        "status": status,
        "closed_on": closed_on if status != "open" else None,
        **weighed(amount, stage.probability, currency),
    }


def weighed(amount: str | None, probability: int, currency: str) -> dict[str, Any]:
    """Return a probability, and the amount weighted by it."""
    weighted = None if amount is None else money.weighted(amount, probability, currency)
    return {"probability": probability, "weighted_amount": weighted}


def transition(pipeline: Pipeline, old_id: str, new_id: str) -> tuple[Stage, Stage]:
    """Return the stages that a deal leaves and enters, if the transition is allowed.

    Args:
        pipeline: the deal's pipeline.
        old_id: the current stage.
        new_id: the new stage.

    Raises:
        InvalidStageTransitionError: The transition is not allowed; the detail says why.
    """
    old, new = pipeline.stage(old_id), pipeline.stage(new_id)
    if old is None or new is None:
        raise InvalidStageTransitionError("The stage is not in the pipeline of the deal.")
    if not pipeline.is_active:
        raise InvalidStageTransitionError("The pipeline is not active.")
    if new.allowed_from is not None and old.id not in new.allowed_from:
        raise InvalidStageTransitionError("The stage does not take deals from the present one.")
    require_open_between(old, new)
    require_enterable(new)
    return old, new


def require_open_between(old: Stage, new: Stage) -> None:
    """Raises: InvalidStageTransitionError: Both stages close a deal."""
    if old.status != "open" and new.status != "open":
        raise InvalidStageTransitionError("A closed deal must be reopened before it is closed.")


def require_enterable(stage: Stage) -> None:
    """Raises: InvalidStageTransitionError: The stage is being emptied before its deletion."""
    if stage.emptied_into is not None:
        raise InvalidStageTransitionError("The stage is being emptied.")
