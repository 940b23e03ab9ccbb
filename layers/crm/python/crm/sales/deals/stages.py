"""What a stage makes of a deal, and which stage may follow which. Pure."""

from collections.abc import Mapping
from typing import Any

from crm.platform import money
from crm.platform.errors import InvalidStageTransitionError
from crm.sales.deals.schemas import DealStatus
from crm.sales.pipelines.service import Pipeline, Stage

STATUS_IN: Mapping[str, DealStatus] = {"open": "open", "closed_won": "won", "closed_lost": "lost"}
"""What a stage of this status makes of a deal."""


def derived(
    stage: Stage, amount: str | None, currency: str, closed_on: str | None
) -> dict[str, Any]:
    """What a deal has from its stage.

    Args:
        stage: the stage.
        amount: the deal's, as it is stored.
        currency: of the amount.
        closed_on: when the deal was closed, or is now, if the stage closes it.
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
    """A probability, and what it makes of an amount."""
    weighted = None if amount is None else money.weighted(amount, probability, currency)
    return {"probability": probability, "weighted_amount": weighted}


def transition(pipeline: Pipeline, old_id: str, new_id: str) -> tuple[Stage, Stage]:
    """The stages that a deal leaves and enters, if it may.

    Args:
        pipeline: the deal's.
        old_id: the stage that it is in.
        new_id: the stage that it shall be in.

    Raises:
        InvalidStageTransitionError: it may not; the detail says why.
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
    """Raises: InvalidStageTransitionError: both stages close a deal."""
    if old.status != "open" and new.status != "open":
        raise InvalidStageTransitionError("A closed deal must be reopened before it is closed.")


def require_enterable(stage: Stage) -> None:
    """Raises: InvalidStageTransitionError: the stage is being emptied, and goes."""
    if stage.emptied_into is not None:
        raise InvalidStageTransitionError("The stage is being emptied.")
