"""The cases of an operation: made up to fit the document or not to, and probed place by place."""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict
from schemathesis import Case, GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoveragePhaseData
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.transport.serialization import Binary

from tests.assurance.fuzz import callers, recipes
from tests.assurance.fuzz.filling import REAL, Filler
from tests.assurance.fuzz.world import World, templates
from tests.functions.generated.document import FORM, Operation, properties
from tests.support.integration.client import ORGANIZATION, Json, new_id
from tests.support.integration.files import PNG

NEGATIVE = 3
"""One of so many made-up cases is made not to fit the document."""

PLAIN = 0.5
"""Share of valid bodies with some generated values."""

TAKEN_OVER = 0.2
"""Share of generated values in such a body."""

RIGHT_HEADERS = 0.9
"""Share of cases with the right organization although a wrong one was drawn."""

AGAIN = [f"again-{number}" for number in range(5)]
"""Keys that are used more than once."""

ACCEPTED = ["application/json", "image/svg+xml", "text/html", "image/*;q=0.5, */*;q=0.1", "*/*"]
"""Requested media types besides `*/*`."""


@dataclass(frozen=True)
class Planned:
    """A case, and who sends it."""

    case: Case[Any]
    caller: str


@dataclass(frozen=True)
class Target:
    """One operation, as the document, schemathesis and this package speak of it."""

    operation: Operation
    described: APIOperation[Any, Any, Any, Any]

    @property
    def label(self) -> str:
        return str(self.operation)

    @property
    def kind(self) -> str | None:
        """The kind of the thing that its path leads to, or that it makes."""
        for kind, template in templates().items():
            made = self.operation.method == "POST" and template.rpartition("/")[0]
            if self.operation.path in {template, made}:
                return kind
        return None


def made_up(target: Target, count: int, seed: int, fire: Callable[[Case[Any]], None]) -> None:
    """Fire cases that hypothesis draws; the same ones from the same seed."""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=_cases(target.described), salt=st.integers(0, 2**64))
    def each(case: Case[Any], salt: int) -> None:
        fire(case)

    each()


def probes(target: Target, limit: int | None, seed: int) -> list[Case[Any]]:
    """One thing at its edge or past it, all others plain: schemathesis's own, shuffled.

    Args:
        target: the operation.
        limit: how many of them are made; None for all.
        seed: of the order.
    """
    schema = target.described.schema
    generation = schema.config.generation_for(operation=target.described, phase="coverage")
    found = schema.iter_coverage_cases(
        target.described, generation_modes=list(GenerationMode), generation_config=generation
    )
    cases = list(itertools.islice(found, limit))
    random.Random(seed).shuffle(cases)
    return cases


def targets(schema: BaseSchema, operations: tuple[Operation, ...]) -> Iterator[Target]:
    for one in operations:
        yield Target(one, schema[one.path][one.method])


def plan(target: Target, world: World, case: Case[Any]) -> Planned:
    """Make a case be about what there is, and say who sends it."""
    chance = world.random
    if case.meta is not None and case.meta.generation.mode.is_positive:
        _base(target, world, case)
    Filler(world, target.operation).fill(case)
    _keep_to(target, world, case)
    headers = dict(case.headers)
    headers.pop("Authorization", None)
    if _probes_another_place(case):
        # All else is right: the one thing that is wrong, or at its edge, is what is answered to.
        for name in ("If-Match", "Idempotency-Key"):
            headers.pop(name, None)
        case.headers = CaseInsensitiveDict(headers | {ORGANIZATION: world.id})
        return Planned(case, callers.ADMIN)
    headers |= _organization(target, world, case)
    headers |= _conditions(target, world, case)
    case.headers = CaseInsensitiveDict(headers)
    caller = chance.choices(list(callers.SHARES), list(callers.SHARES.values()))[0]
    return Planned(case, caller)


def _probes_another_place(case: Case[Any]) -> bool:
    """Whether it is a probe of anything but a header."""
    data = case.meta.phase.data if case.meta else None
    if not isinstance(data, CoveragePhaseData):
        return False
    return data.parameter_location not in {None, ParameterLocation.HEADER}


def _cases(described: APIOperation[Any, Any, Any, Any]) -> st.SearchStrategy[Case[Any]]:
    fitting = described.as_strategy(generation_mode=GenerationMode.POSITIVE)
    spoiled = described.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return st.integers(1, NEGATIVE).flatmap(lambda one: spoiled if one == 1 else fitting)


def _base(target: Target, world: World, case: Case[Any]) -> None:
    """A body that is accepted, with some of the made-up values."""
    if not isinstance(case.body, dict) or world.random.random() >= PLAIN:
        return
    good = _good_body(target, world, case)
    if good is not None:
        values = case.body.items()
        taken = {key: one for key, one in values if world.random.random() < TAKEN_OVER}
        case.body = {**good, **taken}


def _good_body(target: Target, world: World, case: Case[Any]) -> Json | None:
    operation = target.operation
    if case.media_type == FORM:
        return {"title": recipes.word("Form"), "document_file": Binary(PNG)}
    if operation.id in recipes.ACTS:
        return recipes.ACTS[operation.id](world)
    made = recipes.RECIPES.get(target.kind or "")
    if operation.method == "POST" and made is not None:
        return made(world)
    return {} if operation.method == "PATCH" else None


def _keep_to(target: Target, world: World, case: Case[Any]) -> None:
    """A PUT that leaves what its path leads to as it is, but for what was made up."""
    if target.operation.method != "PUT" or not isinstance(case.body, dict) or not target.kind:
        return
    path = target.operation.path.format(**case.path_parameters)
    one = world.at(target.kind, path)
    if one is None or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if world.random.random() < PLAIN:
        known = properties(target.operation.body or {})
        kept = {name: value for name, value in one.body.items() if name in known}
        values = case.body.items()
        case.body = kept | {k: v for k, v in values if world.random.random() < TAKEN_OVER}


def _organization(target: Target, world: World, case: Case[Any]) -> dict[str, str]:
    """The header that names the organization: right, but for some that were to be wrong."""
    chance = world.random.random()
    if target.operation.in_organization:
        kept = ORGANIZATION in case.headers and chance >= RIGHT_HEADERS
        return {} if kept else {ORGANIZATION: world.id}
    return {ORGANIZATION: world.id} if chance < PLAIN else {}


def _conditions(target: Target, world: World, case: Case[Any]) -> dict[str, str]:
    """Versions and keys that meet something."""
    names = {one["name"] for one in target.operation.among("header")}
    chosen = {}
    if "If-Match" in names and world.random.random() < REAL:
        chosen["If-Match"] = world.random.choice(["*", "*", '"1"', '"2"', 'W/"1"', '"1", "2"'])
    if "Idempotency-Key" in names and world.random.random() < TAKEN_OVER:
        chosen["Idempotency-Key"] = world.random.choice([*AGAIN, new_id()])
    if target.operation.method == "GET" and world.random.random() < TAKEN_OVER:
        chosen["Accept"] = world.random.choice(ACCEPTED)
    return chosen
