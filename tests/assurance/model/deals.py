"""Deals on their way through the stages."""

from decimal import ROUND_HALF_EVEN, Decimal

from tests.assurance.model import activities
from tests.assurance.model.acts import Act, Json
from tests.assurance.model.state import (
    FORBIDDEN,
    INVALID,
    MISSING,
    Fields,
    Record,
    Refusals,
    Stage,
    State,
    Stay,
)
from tests.assurance.model.witness import Witness

NO_WAY = (409, "invalid_stage_transition")


def placed(state: State, new: Fields, old: Record | None) -> Refusals:
    """Put a deal into the stage that it names, or the first; why it may not go there."""
    new["stage_id"] = new["stage_id"] or state.stages[0].id
    stage = stage_of(state, new["stage_id"])
    if old is None:
        if stage is None:
            return {INVALID}
        _derive(state, new, stage)
        return set()
    if new["stage_id"] == old.fields["stage_id"]:
        new["weighted_amount"] = weighted(new["amount"], new["probability"])
        return set()
    refusals = _on_the_way(state, old, stage)
    if stage is not None:
        _derive(state, new, stage)
    return refusals


def begin(state: State, deal: Record) -> None:
    """Remember where a new deal begins."""
    state.stays[deal.id] = []
    _enter(state, deal, deal.creator, None)


def moved(
    state: State, witness: Witness, deal: Record, who: str, old_stage: str | None, note: str | None
) -> None:
    """Remember where a deal has gone, and find the Note of it."""
    left, entered = stage_of(state, old_stage), stage_of(state, deal.fields["stage_id"])
    assert left is not None
    assert entered is not None
    _enter(state, deal, who, note)
    subject = f"Deal moved: {left.name} → {entered.name}"
    activities.expect_note(state, witness, deal, who, subject, note)


def move(
    state: State, witness: Witness, who: str, deal: Record, stage_id: str, note: str | None
) -> Act:
    """Move a deal, by the route that is for that."""
    old_stage, version = deal.fields["stage_id"], deal.version
    stays = stage_id == old_stage
    stage = stage_of(state, stage_id)
    if not state.changes(who, deal):
        refusals: Refusals = {FORBIDDEN}
    else:
        refusals = set() if stays else _on_the_way(state, deal, stage)

    def effect(answer: Json) -> None:
        if not stays and stage is not None:
            fields = dict(deal.fields)
            _derive(state, fields, stage)
            deal.write(who, **fields)
            moved(state, witness, deal, who, old_stage, note)
        state.check(deal, answer)

    return Act(
        who,
        "POST",
        f"{deal.path}/move",
        {"stage_id": stage_id, **({"note": note} if note else {})},
        200,
        refusals,
        effect,
        lambda: witness.changed(deal.path, version),
        is_keyed=True,
    )


def weighted(amount: str | None, probability: int) -> str | None:
    """Amount times probability, half to even to the cent."""
    if amount is None:
        return None
    exact = Decimal(amount) * probability / 100
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN))


def stage_of(state: State, stage_id: str | None) -> Stage | None:
    return next((one for one in state.stages if one.id == stage_id), None)


def absent(who: str, method: str, path: str, body: Fields | None, *, keyed: bool) -> Act:
    """A request for what is not there."""
    return Act(who, method, path, body, 0, {MISSING}, lambda _: None, lambda: None, is_keyed=keyed)


def _on_the_way(state: State, deal: Record, stage: Stage | None) -> Refusals:
    left = stage_of(state, deal.fields["stage_id"])
    if stage is None or left is None or (left.status != "open" and stage.status != "open"):
        return {NO_WAY}
    return set()


def _derive(state: State, fields: Fields, stage: Stage) -> None:
    statuses = {"open": "open", "closed_won": "won", "closed_lost": "lost"}
    fields.update(
        stage_id=stage.id,
        pipeline_id=state.pipeline_id,
        status=statuses[stage.status],
        probability=stage.probability,
        weighted_amount=weighted(fields["amount"], stage.probability),
    )


def _enter(state: State, deal: Record, who: str, note: str | None) -> None:
    stage = stage_of(state, deal.fields["stage_id"])
    assert stage is not None
    state.stays[deal.id].append(Stay(stage, who, note))
    state.entered[stage.id] += 1
    deal.stand("closed_on", there=stage.status != "open")
