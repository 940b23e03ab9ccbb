"""Entity, pipeline and currency of a deal that changes, read in parallel to the deal."""

from functools import partial

from crm.platform.dynamodb.parallel import ahead
from crm.platform.dynamodb.transaction import StaleReadError
from crm.platform.errors import InvalidStageTransitionError
from crm.platform.merge_patch import Patch
from crm.records.references import SoughtEntity
from crm.sales.deals import stages
from crm.sales.deals.schemas import Deal, DealWrite
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.schemas import Pipeline, Stage
from crm.tenancy.organizations import service as organizations
from crm.tenancy.permissions import Caller


class DealContext:
    """The records that a change of a deal is checked against.

    Reads that are probably needed start at once; the others run on first use.

    Args:
        caller: the caller who changes the deal.
        entity_id: the entity that the change names.
        moves: True if the change may move the deal to another stage.
        is_without_currency: True if the currency defaults to the organization's.
    """

    def __init__(
        self,
        caller: Caller,
        *,
        entity_id: str | None = None,
        moves: bool = False,
        is_without_currency: bool = False,
    ) -> None:
        self._caller = caller
        self.require_entity = SoughtEntity(caller, entity_id).require
        usual = partial(pipelines.usual_ones, caller.organization_id)
        self._usual = ahead(usual) if moves else None
        self._organization = (
            ahead(partial(organizations.read_organization, caller)) if is_without_currency else None
        )

    def pipeline(self, pipeline_id: str) -> Pipeline:
        """Return a pipeline.

        Raises:
            NotFoundError: The organization has no such pipeline.
        """
        return pipelines.find(self._caller, pipeline_id, self._usual)

    def transition(self, pipeline: Pipeline, deal: Deal, stage_id: str) -> tuple[Stage, Stage]:
        """Return the stages that a deal leaves and enters.

        Args:
            pipeline: the deal's pipeline, as `pipeline` read it.
            deal: the deal as it was read.
            stage_id: the stage to enter.

        Raises:
            InvalidStageTransitionError: The pipeline does not allow the transition.
            StaleReadError: The pipeline does not allow it, but was changed since it was read.
        """
        try:
            return stages.transition(pipeline, deal.stage_id, stage_id)
        except InvalidStageTransitionError:
            # A refusal commits no condition on the pipeline, which may have been read in an older
            # version than the deal.
            if pipelines.find(self._caller, pipeline.id).version != pipeline.version:
                raise StaleReadError from None
            raise

    def currency(self) -> str:
        """Return the organization's default currency."""
        if self._organization is not None:
            return self._organization().default_currency
        return organizations.read_organization(self._caller).default_currency


def of_body(caller: Caller, body: DealWrite) -> DealContext:
    """Return the context of a PUT. It mostly repeats the deal's entity and stage: no reads yet."""
    return DealContext(
        caller, moves=body.stage_id is None, is_without_currency=body.currency is None
    )


def of_patch(caller: Caller, changes: Patch[DealWrite]) -> DealContext:
    """Return the context of a PATCH."""
    return DealContext(
        caller,
        entity_id=changes.named_id("entity_id"),
        moves=changes.names("stage_id"),
        is_without_currency=changes.clears("currency"),
    )
