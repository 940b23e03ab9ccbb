"""Rules of the demo, which any user can trigger by working with the demo."""

from typing import Any

from local.demo.api import Api


def _rules(team_ids: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "name": "Large deals are everybody's business",
            "description": "Sales sees each open deal from 20,000 on, and its owner is to call.",
            "record_type": "deal",
            "trigger": {"event": "created_or_updated", "criteria": "when_becomes_true"},
            "conditions": {
                "all": [
                    {"field": "amount", "operator": "greater_or_equal", "value": 20000},
                    {"field": "status", "operator": "equals", "value": "open"},
                ]
            },
            "actions": [
                {"type": "share_with", "team_id": team_ids["Sales"]},
                {
                    "type": "create_activity",
                    "activity_type": "task",
                    "subject": "Call the decision maker: {{record.name}}",
                    "due_in_days": 2,
                },
            ],
        },
        {
            "name": "Won: tell Support",
            "record_type": "deal",
            "trigger": {"event": "updated", "fields": ["status"]},
            "conditions": {"field": "status", "operator": "changed_to", "value": "won"},
            "actions": [
                {
                    "type": "send_notification",
                    "to": team_ids["Support"],
                    "channel": "in_app",
                    "subject": "Won: {{record.name}}",
                    "body": "{{record.amount}} {{record.currency}}. Prepare the onboarding.",
                }
            ],
        },
        {
            "name": "Closing soon",
            "record_type": "deal",
            "trigger": {
                "event": "date_reached",
                "field": "expected_close_date",
                "offset": {"days": -3},
            },
            "conditions": {"field": "status", "operator": "equals", "value": "open"},
            "actions": [
                {
                    "type": "send_notification",
                    "to": "owner",
                    "channel": "in_app",
                    "subject": "Closes in three days: {{record.name}}",
                    "body": "Is everything ready?",
                }
            ],
        },
    ]


def make(admin: Api, team_ids: dict[str, str]) -> None:
    """Create the missing rules.

    Args:
        admin: the API as called by an admin.
        team_ids: ids of the teams, by name.
    """
    standing = {row["name"] for row in admin.list("/api/workflow-rules")}
    for rule in _rules(team_ids):
        if rule["name"] not in standing:
            admin.post("/api/workflow-rules", rule)
