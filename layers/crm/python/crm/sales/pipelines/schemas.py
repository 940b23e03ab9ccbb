"""Pipelines and their stages."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.codec import Item
from crm.platform.dynamodb.keys import Key
from crm.platform.dynamodb.record import Answer, Record
from crm.platform.fields import Id, Ids, Input, Name, PageQuery, Query, same_name

StageStatus = Literal["open", "closed_won", "closed_lost"]
Probability = Annotated[int, Field(ge=0, le=100, description="Percent.")]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]

MAX_STAGES = 50
"""Stages per pipeline: a pipeline with this many stages of any length fits one item."""

LAST_PLACE = 1_000_000
Order = Annotated[int, Field(ge=0, le=LAST_PLACE)]


class StageWrite(Input):
    """Body of POST and PUT. `order` left out: after all others of the pipeline."""

    name: Name
    description: Description | None = None
    order: Order | None = None
    probability: Probability
    status: StageStatus = "open"
    allowed_from: Annotated[Ids, Field(max_length=MAX_STAGES)] | None = None


class PipelineStageWrite(StageWrite):
    """A stage in the body of a pipeline. Of one that the pipeline has, by `id` or else by name."""

    id: Id | None = None


class PipelineWrite(Input):
    """Body of POST and PUT."""

    name: Name
    description: Description | None = None
    is_active: bool = True
    stages: Annotated[list[PipelineStageWrite], Field(max_length=MAX_STAGES)] = []


class PipelineQuery(PageQuery):
    """Filters of the list of pipelines."""

    is_active: bool | None = None


class StageDeletion(Query):
    """Parameters of the deletion of a stage."""

    move_deals_to: Annotated[
        Id | None, Field(description="A stage of the pipeline that its deals are moved to.")
    ] = None


class Stage(Record):
    """A stage, kept inside its pipeline.

    Attributes:
        order: its place among the stages of the pipeline.
        probability: in percent, of the deals in it.
        status: what it makes of the deals in it.
        allowed_from: the stages from which a deal may come; None for all, empty for none.
        emptied_into: id of the stage that its deals are being moved to; no deal enters it then.
    """

    KIND: ClassVar[str] = "stage"
    private: ClassVar[frozenset[str]] = Record.private | {"emptied_into"}

    pipeline_id: str
    name: str
    description: str | None = None
    order: int
    probability: int
    status: StageStatus = "open"
    allowed_from: list[str] | None = None
    emptied_into: str | None = None

    @property
    def uses(self) -> Key:
        """The key of the count of its deals; the item also holds the id of its pipeline."""
        return stage_uses(self.organization_id, self.id)


class Pipeline(Record):
    """A way that deals take.

    Attributes:
        stages: in their order.
    """

    KIND: ClassVar[str] = "pipeline"

    name: str
    description: str | None = None
    is_active: bool = True
    stages: list[Stage] = []

    def index_entries(self) -> Mapping[str, str]:
        return dict.fromkeys(["all", activity_list(is_active=self.is_active)], self.id)

    def entry(self, name: str) -> Item:
        """Return the whole record for one list: it is written rarely, and read with most deals."""
        is_whole = name == activity_list(is_active=self.is_active)
        return {"whole": self.item()} if is_whole else {}

    @classmethod
    def from_entry(cls, entry: Item) -> Self:
        """Return the pipeline of an index item in the list of active, or of inactive, pipelines."""
        return cls.from_item(entry["whole"])

    def unique_constraints(self) -> Mapping[str, str]:
        return {"name": same_name(self.name)}

    def stage(self, stage_id: str) -> Stage | None:
        return next((stage for stage in self.stages if stage.id == stage_id), None)

    def body(self) -> PipelineWrite:
        """Return the body of a PUT that changes nothing: a PATCH is merged into it."""
        fields = self.model_dump(include=set(PipelineWrite.model_fields) - {"stages"})
        known = set(PipelineStageWrite.model_fields)
        return PipelineWrite(
            **fields,
            stages=[PipelineStageWrite(**one.model_dump(include=known)) for one in self.stages],
        )

    def answer(self) -> Answer:
        return {**super().answer(), "stages": [stage.answer() for stage in self.stages]}


def stage_uses(organization_id: str, stage_id: str) -> Key:
    return keys.reference_count(organization_id, Stage.KIND, stage_id, "deal")


def activity_list(*, is_active: bool) -> str:
    return "active" if is_active else "inactive"
