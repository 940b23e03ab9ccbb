"""How many round trips a route may wait for, and why some wait for more. Pure."""

from collections.abc import Mapping, Sequence
from enum import IntEnum

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Aim(IntEnum):
    """Membership is one of them: nothing of an organization is read before it is known."""

    RECORD = 2
    PAGE = 3
    WRITE = 3


def aim(title: str) -> int | None:
    """The most round trips of a scenario; None for a function without routes."""
    method, _, rest = title.partition(" ")
    if method not in METHODS:
        return None
    path = rest.partition(" ")[0]
    if method != "GET":
        return Aim.WRITE
    return Aim.RECORD if path.endswith(">") else Aim.PAGE


def unexplained(trips: Mapping[str, int]) -> list[str]:
    """Scenarios that wait for more than they may without a reason, and reasons left over."""
    over = {title for title, count in trips.items() if count > (aim(title) or count)}
    return sorted(over ^ REASONS.keys())


_BY_REASON: Mapping[str, Sequence[str]] = {
    "the calls that are not DynamoDB's are the user pool's": [
        "POST /api/members (new user)",
        "POST /api/members (known user)",
    ],
    "the list of members says whose memberships end; then a message has the rest erased": [
        "DELETE /api/organizations/<organization_id> (of three members)",
    ],
    "deleted as by its own DELETE, and then a message has the rest erased": [
        "POST /api/erasures (an entity)",
        "POST /api/erasures (a lead)",
        "POST /api/erasures (a member)",
    ],
    "a team's version guards its users, who must not be read before it": [
        "GET /api/teams",
        "GET /api/teams/<team_id>",
        "PATCH /api/teams/<team_id> (name)",
    ],
    "the users are read after the version that guards them, and say who leaves": [
        "PUT /api/teams/<team_id> (one of two leaves)",
    ],
    "then looks for what was shared with it, in all lists at once": [
        "DELETE /api/teams/<team_id> (two users)",
    ],
    "the document names teams, these their users, and these their names": [
        "GET /api/documents/<document_id> (shared with two teams)",
    ],
    "the other end's name, as it is now": [
        "GET /api/entities/<entity_id> (with 16 parts)",
        "GET /api/entities/<entity_id>/relationships/<relationship_id>",
        "PUT /api/entities/<entity_id>/relationships/<relationship_id>",
        "PATCH /api/entities/<entity_id>/relationships/<relationship_id>",
    ],
    "looks, once it is gone, for all that was hung on it until that moment": [
        "DELETE /api/entities/<entity_id> (alone)",
        "DELETE /api/entities/<entity_id> (with 16 parts)",
        "DELETE /api/deals/<deal_id> (alone)",
        "DELETE /api/deals/<deal_id> (3 tasks, 3 documents, 3 moves)",
        "DELETE /api/leads/<lead_id>",
        "DELETE /api/cases/<case_id>",
        "DELETE /api/activities/<activity_id> (alone)",
        "DELETE /api/activities/<activity_id> (with a document)",
    ],
    "closes the one that goes, moves its parts, looks again, moves the rest, and ends it": [
        "POST /api/entities/<entity_id>/merge (one part of each kind)",
    ],
    "the pointer names the part that has been primary": [
        f"PATCH /api/entities/<entity_id>/{parts}/<part_id> (another primary)"
        for parts in ("identifiers", "contact-points", "addresses")
    ],
    "three transactions that would refuse each other, since all count one stage": [
        "DELETE /api/pipelines/<pipeline_id>/stages/<stage_id> (three deals move)",
    ],
    "which stages there are is known from the pipeline": [
        "GET /api/pipelines/<pipeline_id>/board (organization)",
        "GET /api/pipelines/<pipeline_id>/board (mine)",
    ],
    "looks for people and companies that are known, and hands on what was hung on the lead": [
        "POST /api/leads/<lead_id>/convert (contact and account)",
        "POST /api/leads/<lead_id>/convert (and deal)",
        "POST /api/leads/<lead_id>/convert (and three tasks)",
    ],
    "whether it may be seen is known from the record that it names": [
        "GET /api/activities/<activity_id> (through a deal)",
        "GET /api/attachments/<attachment_id>",
        "PUT /api/attachments/<attachment_id>",
        "PATCH /api/attachments/<attachment_id>",
        "DELETE /api/attachments/<attachment_id>",
    ],
    "the entity's deals lead to what is about them": [
        "GET /api/timeline (of an entity and three deals)",
    ],
    "whose custom fields its conditions may name stands in the rule": [
        "PATCH /api/workflow-rules/<workflow_rule_id> (ten conditions)",
    ],
    "each step of an execution is committed by itself": [
        "POST /api/workflow-executions/<execution_id>/retry",
    ],
    "the delivery names its endpoint, whose webhook it is": [
        "GET /api/webhook-deliveries/<webhook_delivery_id>",
        "POST /api/webhook-deliveries/<webhook_delivery_id>/redeliver",
    ],
    "two messages of the queue: one in case that the other is never sent": ["POST /api/exports"],
}

REASONS: Mapping[str, str] = {
    title: reason for reason, titles in _BY_REASON.items() for title in titles
}
"""Why a scenario waits for more, by its title."""
