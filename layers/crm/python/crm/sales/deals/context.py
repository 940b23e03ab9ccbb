"""Entity, pipeline and currency of a deal that changes, read while the deal itself is read."""

from functools import partial

from crm.platform.dynamodb.parallel import ahead
from crm.platform.dynamodb.transaction import StaleReadError
from crm.platform.errors import InvalidStageTransitionError
from crm.platform.merge_patch import Patch
from crm.records import references
from crm.sales.deals import stages
from crm.sales.deals.schemas import Deal, DealWrite
from crm.sales.pipelines import service as pipelines
from crm.sales.pipelines.service import Pipeline, Stage
from crm.tenancy.organizations import service as organizations
from crm.tenancy.permissions import Caller


class DealContext:
    """What a change of a deal is checked against.

    What it is likely to need is read from now on; the rest is read when it is asked for.

    Args:
        caller: who changes the deal.
        entity_id: the entity that it names.
        moves: it may bring the deal to another stage.
        is_without_currency: it leaves the currency to the organization.
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
        self._entity_id = entity_id
        self._entity = references.look_for_entity(caller, entity_id) if entity_id else None
        usual = partial(pipelines.usual_ones, caller.organization_id)
        self._usual = ahead(usual) if moves else None
        self._organization = (
            ahead(partial(organizations.read_organization, caller)) if is_without_currency else None
        )

    def require_entity(self, entity_id: str) -> None:
        """Raises: ValidationFailedError: it is no entity that the caller may see."""
        if self._entity is not None and entity_id == self._entity_id:
            self._entity()
        else:
            references.require_entity(self._caller, entity_id)

    def pipeline(self, pipeline_id: str) -> Pipeline:
        """A pipeline.

        Raises:
            NotFoundError: there is no such pipeline.
        """
        return pipelines.find(self._caller, pipeline_id, self._usual)

    def transition(self, pipeline: Pipeline, deal: Deal, stage_id: str) -> tuple[Stage, Stage]:
        """The stages that a deal leaves and enters.

        Args:
            pipeline: the deal's, as `pipeline` read it.
            deal: as it was read.
            stage_id: where it shall go.

        Raises:
            InvalidStageTransitionError: it may not go there.
            StaleReadError: the pipeline that says so has changed meanwhile.
        """
        try:
            return stages.transition(pipeline, deal.stage_id, stage_id)
        except InvalidStageTransitionError:
            # A refusal commits nothing that could demand the pipeline, which may be older than
            # the deal.
            if pipelines.find(self._caller, pipeline.id).version != pipeline.version:
                raise StaleReadError from None
            raise

    def currency(self) -> str:
        """The organization's."""
        if self._organization is not None:
            return self._organization().default_currency
        return organizations.read_organization(self._caller).default_currency


def of_body(caller: Caller, body: DealWrite) -> DealContext:
    """Those of a PUT. It mostly names entity and stage that the deal has: they are not read yet."""
    return DealContext(
        caller, moves=body.stage_id is None, is_without_currency=body.currency is None
    )


def of_patch(caller: Caller, changes: Patch[DealWrite]) -> DealContext:
    """Those of a PATCH."""
    return DealContext(
        caller,
        entity_id=changes.named_id("entity_id"),
        moves=changes.names("stage_id"),
        is_without_currency=changes.clears("currency"),
    )
