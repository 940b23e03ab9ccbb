"""Places where one's own makes no difference to the answer, and why."""

from collections.abc import Mapping

from tests.functions.generated.places import OF_A_DEAL

_NEW_PIPELINE = "a pipeline that is made has no stages yet that could be named"
_COMPARED = "it is compared with what records hold, and nothing is looked up"
_LATER = "it is looked up among the stages of a deal's pipeline when the rule runs"
_OUTCOME = "a trial looks at what it is given, and looks nothing up"


def _compared(operation: str) -> dict[tuple[str, str], str]:
    said = {name: "contains" if name == "shared_with" else "equals" for name in OF_A_DEAL}
    return {
        (operation, f"body conditions.value/0 field={name} operator={how}: {OF_A_DEAL[name]}"): (
            _COMPARED
        )
        for name, how in said.items()
    }


def _rules(operation: str) -> dict[tuple[str, str], str]:
    later = {(operation, "body actions[].value/1 field=stage_id: other_stage"): _LATER}
    return {**_compared(operation), **later}


def _tried(image: str) -> dict[tuple[str, str], str]:
    named = {name: f"{name}[]" if name == "shared_with" else name for name in OF_A_DEAL}
    return {
        (
            "POST /api/workflow-rules/{workflow_rule_id}/test",
            f"body {image}.{named[name]}: {kind}",
        ): _OUTCOME
        for name, kind in OF_A_DEAL.items()
    }


LIFELESS: Mapping[tuple[str, str], str] = {
    ("POST /api/members", "body id: user"): "where there is a user pool, it says who people are",
    ("POST /api/pipelines", "body stages[].allowed_from[]: other_stage"): _NEW_PIPELINE,
    ("POST /api/pipelines", "body stages[].id: stage"): _NEW_PIPELINE,
    **_rules("POST /api/workflow-rules"),
    **_rules("PUT /api/workflow-rules/{workflow_rule_id}"),
    **_rules("PATCH /api/workflow-rules/{workflow_rule_id}"),
    **_tried("before"),
    **_tried("after"),
}
