"""Emails of rules, as the engine's mailbox contains them."""

import httpx

from local.process import StackProcess
from local.sam import SENDER
from tests.support.integration.client import Brook, good, made, wait_until


def test_the_owner_gets_an_email(stack: StackProcess) -> None:
    with Brook(stack) as brook:
        organization = brook.found("Acme")
        ada, bea = organization.founder, organization.join(name="Bea")
        told = {"subject": "New: {{record.name}}", "body": "Größe: {{record.amount}}"}
        action = {"type": "send_notification", "to": "owner", "channel": "email"}
        rule = {
            "name": "Tell the owner",
            "record_type": "deal",
            "trigger": {"event": "created"},
            "actions": [{**action, **told}],
        }
        made(ada.post("/api/workflow-rules", rule))
        entity = made(ada.post("/api/entities", {"type": "account", "name": "Mills"}))["id"]
        body = {"name": "Mill", "entity_id": entity, "amount": "10", "assigned_to": bea.id}
        deal = made(ada.post("/api/deals", body))
        about = {"record_type": "deal", "record_id": deal["id"]}
        [execution] = wait_until(
            lambda: good(ada.get("/api/workflow-executions", **about))["results"],
            lambda found: bool(found) and found[0]["finished_on"] is not None,
        )
        assert execution["status"] == "succeeded", execution
        url = f"{stack.engine_url}/_ministack/ses/messages"
        letters = [one for box in httpx.get(url).json()["messages"].values() for one in box]
        [letter] = [one for one in letters if bea.email in one["To"] and "New:" in one["Subject"]]
        assert (letter["Source"], letter["Subject"]) == (SENDER, "New: Mill")
        assert letter["BodyText"] == "Größe: 10.00"
