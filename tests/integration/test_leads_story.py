"""A lead from its first call to the deal that it becomes, and a case beside it, over HTTP."""

from local.process import StackProcess
from tests.support.integration.client import Brook, good, made, refused, wait_until


def test_a_lead_becomes_contact_account_and_deal(stack: StackProcess) -> None:
    with Brook(stack) as brook:
        organization = brook.found("Acme")
        ada, bea = organization.founder, organization.join(name="Bea")
        body = {
            "first_name": "Grace",
            "last_name": "Hopper",
            "organization_name": "Northern Mills",
            "email": "grace@example.com",
            "phone": "+49 431 9010",
            "amount": "2500",
            "assigned_to": bea.id,
        }
        lead = made(ada.post("/api/leads", body))
        assert (lead["status"], lead["amount"], lead["phone"]) == (
            "assigned",
            "2500.00",
            "+494319010",
        )
        about = {"related_to_type": "lead", "related_to_id": lead["id"]}
        made(bea.post("/api/activities", {"type": "note", "subject": "First call", **about}))
        wait_until(lambda: bea.ids("/api/leads", name="mills"), lambda ids: ids == [lead["id"]])

        path = f"/api/leads/{lead['id']}/convert"
        done = good(bea.post(path, {"create_deal": True, "deal_name": "Mill"}))
        refused(bea.post(path, {"create_deal": True}), 409, "already_converted")
        assert done["lead"]["status"] == "converted"
        contact = good(bea.get(f"/api/entities/{done['contact_id']}"))
        assert sorted(one["value"] for one in contact["contact_points"]) == [
            "+494319010",
            "grace@example.com",
        ]
        deal = good(bea.get(f"/api/deals/{done['deal_id']}"))
        assert (deal["name"], deal["entity_id"], deal["amount"]) == (
            "Mill",
            done["account_id"],
            "2500.00",
        )
        timeline = {"related_to_type": "deal", "related_to_id": deal["id"]}
        rows = good(bea.get("/api/timeline", **timeline))["results"]
        assert sorted(row["type"] for row in rows) == ["conversion", "note"]


def test_a_case_is_closed_and_opened_again(stack: StackProcess) -> None:
    with Brook(stack) as brook:
        ada = brook.found("Acme").founder
        entity = made(ada.post("/api/entities", {"type": "account", "name": "Mills"}))["id"]
        case = made(ada.post("/api/cases", {"name": "Export fails", "entity_id": entity}))
        assert (case["status"], case["priority"], case["case_type"], case["closed_on"]) == (
            "new",
            "normal",
            "question",
            None,
        )
        path = f"/api/cases/{case['id']}"
        assert good(ada.patch(path, {"status": "rejected"}))["closed_on"] is not None
        assert good(ada.patch(path, {"status": "pending"}))["closed_on"] is None
        refused(ada.delete(f"/api/entities/{entity}"), 409, "in_use")
        rows = wait_until(
            lambda: good(ada.get(f"{path}/history"))["results"], lambda found: len(found) == 3
        )
        assert [row["version"] for row in rows] == [3, 2, 1]
