"""Documents as one story: who sees what, and when that begins and ends."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from local.process import StackProcess
from tests.support.integration.client import (
    TEXT,
    Brook,
    Organization,
    Person,
    good,
    made,
    refused,
    wait_until,
    ways_to,
)


@dataclass(frozen=True)
class House:
    """An organization of four members and two teams, beside a neighbour."""

    brook: Brook
    organization: Organization
    ada: Person  # founded it
    bea: Person  # sales
    cem: Person  # sales and support
    dan: Person  # no team
    sales: str
    support: str
    neighbour: Organization

    def who_sees(self, document_id: str) -> set[str]:
        people = {"ada": self.ada, "bea": self.bea, "cem": self.cem, "dan": self.dan}
        assert not self.neighbour.founder.sees(document_id)
        return {name for name, person in people.items() if person.sees(document_id)}


@pytest.fixture
def house(stack: StackProcess) -> Iterator[House]:
    with Brook(stack) as brook:
        organization = brook.found("Acme")
        bea, cem, dan = (organization.join(name=name) for name in ("Bea", "Cem", "Dan"))
        yield House(
            brook,
            organization,
            organization.founder,
            bea,
            cem,
            dan,
            organization.team("Sales", bea, cem),
            organization.team("Support", cem),
            brook.found("Globex"),
        )


def found_by(person: Person, title: str) -> list[str]:
    return person.ids(title=title)


def test_a_shared_document_appears_for_the_team_and_nobody_else(house: House) -> None:
    mine = house.bea.share("Kündigung Müller AG", house.support)["id"]
    assert house.who_sees(mine) == {"ada", "bea", "cem"}

    wait_until(lambda: found_by(house.ada, "kundigung"), lambda ids: ids == [mine])
    assert found_by(house.cem, "MÜLLER") == [mine]
    assert found_by(house.dan, "MÜLLER") == []
    assert found_by(house.neighbour.founder, "MÜLLER") == []


def test_a_document_of_ones_own_is_for_oneself_and_admins(house: House) -> None:
    mine = house.dan.share("Notes")["id"]
    assert house.who_sees(mine) == {"ada", "dan"}


def test_the_detail_has_the_shape_that_clients_know(house: House) -> None:
    mine = house.bea.share("Contract", house.sales)["id"]
    detail = good(house.cem.get(f"/api/documents/{mine}"))
    assert set(detail) == {"document_obj", "shared_with", "created_by"}
    assert detail["document_obj"]["shared_with"] == [house.sales]
    assert detail["document_obj"]["created_by"] == house.bea.id
    assert detail["document_obj"]["document_file"] == f"/api/documents/{mine}/file"
    [team] = detail["shared_with"]
    assert (team["id"], team["name"]) == (house.sales, "Sales")
    assert {user["id"] for user in team["users"]} == {house.bea.id, house.cem.id}
    assert detail["created_by"] == {
        "id": house.bea.id,
        "first_name": "Bea",
        "last_name": "Brook",
        "email": house.bea.email,
    }


def test_sharing_and_joining_and_leaving_show_at_the_next_request(house: House) -> None:
    mine = house.ada.share("Price list")["id"]
    assert house.who_sees(mine) == {"ada"}
    good(house.ada.patch(f"/api/documents/{mine}", {"shared_with": [house.support]}))
    assert house.who_sees(mine) == {"ada", "cem"}
    house.organization.let_in(house.support, house.cem, house.dan)
    assert house.who_sees(mine) == {"ada", "cem", "dan"}
    house.organization.let_in(house.support, house.dan)
    assert house.who_sees(mine) == {"ada", "dan"}
    good(house.ada.patch(f"/api/documents/{mine}", {"shared_with": [house.sales]}))
    assert house.who_sees(mine) == {"ada", "bea", "cem"}
    good(house.ada.patch(f"/api/documents/{mine}", {"shared_with": []}))
    assert house.who_sees(mine) == {"ada"}


def test_a_role_shows_at_the_next_request(house: House) -> None:
    mine = house.ada.share("Board minutes")["id"]
    assert not house.dan.sees(mine)
    good(house.ada.patch(f"/api/members/{house.dan.id}", {"role": "admin"}))
    assert house.dan.sees(mine)
    good(house.ada.patch(f"/api/members/{house.dan.id}", {"role": "member"}))
    assert not house.dan.sees(mine)


def test_who_is_deactivated_or_removed_sees_nothing_any_more(house: House) -> None:
    mine = house.bea.share("Forecast", house.support)["id"]
    path = f"/api/members/{house.cem.id}"
    good(house.ada.patch(path, {"is_active": False}))
    for way in (*ways_to(mine), "/api/documents", "/api/teams", "/api/members"):
        refused(house.cem.get(way), 403, "not_a_member")
    refused(house.cem.get("/api/me"), 403, "not_a_member")
    assert good(house.cem.at(None).get("/api/me"))["organizations"] == []

    good(house.ada.patch(path, {"is_active": True}))
    assert house.cem.sees(mine), "back in, and in the teams as before"

    assert house.ada.delete(path).status_code == 204
    assert house.who_sees(mine) == {"ada", "bea"}
    assert good(house.ada.get(f"/api/teams/{house.support}"))["users"] == []
    refused(house.ada.get(path), 404, "not_found")
    assert house.ada.delete(path).status_code == 404


def test_who_was_removed_still_shows_as_the_author(house: House) -> None:
    theirs = house.cem.share("Handover", house.sales)["id"]
    assert house.ada.delete(f"/api/members/{house.cem.id}").status_code == 204
    author = good(house.bea.get(f"/api/documents/{theirs}"))["created_by"]
    assert (author["first_name"], author["email"]) == ("Cem", house.cem.email)


def test_inactive_hides_from_all_but_creator_and_admins(house: House) -> None:
    mine = house.bea.share("Old offer", house.support)["id"]
    good(house.bea.patch(f"/api/documents/{mine}", {"status": "inactive"}))
    assert house.who_sees(mine) == {"ada", "bea"}
    good(house.bea.patch(f"/api/documents/{mine}", {"status": "active"}))
    assert house.who_sees(mine) == {"ada", "bea", "cem"}


def test_until_its_file_is_there_only_creator_and_admins_see_a_document(house: House) -> None:
    declared = house.bea.declare("Slow upload", TEXT, shared_with=[house.support])
    mine = declared["id"]
    assert declared["upload_status"] == "pending"
    assert [mine in one.ids() for one in (house.ada, house.bea, house.cem)] == [True, True, False]
    refused(house.cem.get(f"/api/documents/{mine}"), 403, "permission_denied")
    refused(house.bea.get(f"/api/documents/{mine}/file"), 409, "file_not_available")

    assert house.bea.upload(declared["upload"], TEXT.content).is_success
    assert house.bea.settled(mine)["upload_status"] == "available"
    assert house.who_sees(mine) == {"ada", "bea", "cem"}


def test_only_creator_and_admins_change_or_delete(house: House) -> None:
    mine = house.bea.share("Template", house.sales)["id"]
    path = f"/api/documents/{mine}"
    whole = {"title": "Mine now", "status": "active", "shared_with": []}
    refused(house.cem.patch(path, {"title": "Mine now"}), 403, "permission_denied")
    refused(house.cem.put(path, whole), 403, "permission_denied")
    refused(house.cem.post(f"{path}/file", TEXT.said()), 403, "permission_denied")
    refused(house.cem.delete(path), 403, "permission_denied")
    assert good(house.bea.patch(path, {"title": "Template 2"}))["version"] == 2
    assert good(house.ada.put(path, whole))["shared_with"] == []


def test_put_needs_all_three_so_that_nobody_loses_sharing(house: House) -> None:
    mine = house.bea.share("Template", house.sales)["id"]
    whole = {"title": "Template", "status": "active", "shared_with": [house.sales]}
    for left_out in whole:
        rest = {name: value for name, value in whole.items() if name != left_out}
        problem = refused(house.bea.put(f"/api/documents/{mine}", rest), 422, "validation_failed")
        assert [one["field"] for one in problem["errors"]] == [left_out]
    assert house.who_sees(mine) == {"ada", "bea", "cem"}


def test_deleting_a_document_ends_access_at_once(house: House) -> None:
    mine = house.bea.share("Draft of a letter", house.sales)["id"]
    wait_until(lambda: found_by(house.cem, "draft of"), lambda ids: ids == [mine])
    link = house.cem.get(f"/api/documents/{mine}/file").headers["location"]
    assert house.brook.http.get(link).content == b"Draft of a letter"

    assert house.bea.delete(f"/api/documents/{mine}").status_code == 204
    assert house.who_sees(mine) == set()
    for way in ways_to(mine):
        refused(house.ada.get(way), 404, "not_found")
    assert found_by(house.cem, "draft of") == []
    refused(house.bea.delete(f"/api/documents/{mine}"), 404, "not_found")
    wait_until(lambda: house.brook.http.get(link).status_code, lambda status: status == 404)


def test_deleting_a_team_ends_access_at_once_and_its_id_leaves_every_document(
    house: House,
) -> None:
    both = house.ada.share("Ours", house.sales, house.support)["id"]
    hidden = house.ada.share("Hidden", house.support, status="inactive")["id"]
    pending = house.ada.declare("Pending", TEXT, shared_with=[house.support])["id"]
    only = house.ada.share("Theirs", house.support)["id"]
    assert house.who_sees(only) == {"ada", "cem"}

    assert house.ada.delete(f"/api/teams/{house.support}").status_code == 204
    assert house.who_sees(only) == {"ada"}
    assert house.who_sees(both) == {"ada", "bea", "cem"}
    for document_id, rest in ((both, [house.sales]), (only, []), (hidden, []), (pending, [])):
        wait_until(
            lambda one=document_id: house.ada.document(one)["shared_with"],
            lambda shared, rest=rest: shared == rest,
        )
    again = {"shared_with": [house.support]}
    refused(house.ada.patch(f"/api/documents/{only}", again), 422, "validation_failed")
    refused(house.ada.get(f"/api/teams/{house.support}"), 404, "not_found")


def test_a_team_leaves_all_of_its_150_documents(house: House) -> None:
    ids = {house.ada.share(f"Page {n}", house.support)["id"] for n in range(150)}
    assert good(house.cem.get("/api/documents"))["count"] == 150
    assert house.ada.delete(f"/api/teams/{house.support}").status_code == 204
    assert good(house.cem.get("/api/documents"))["count"] == 0

    def still_shared() -> set[str]:
        pages = house.ada.pages("/api/documents", limit=100)
        rows = [row for page in pages for row in page["results"]]
        assert {row["id"] for row in rows} == ids
        return {row["id"] for row in rows if row["shared_with"]}

    wait_until(still_shared, lambda left: not left)


def test_a_team_of_the_same_name_made_anew_sees_nothing_of_the_old(house: House) -> None:
    theirs = house.ada.share("Secret of the old team", house.support)["id"]
    assert house.ada.delete(f"/api/teams/{house.support}").status_code == 204
    house.organization.team("Support", house.dan)
    assert house.who_sees(theirs) == {"ada"}


def test_what_makes_an_organization_is_there_for_its_people(house: House) -> None:
    me = good(house.cem.get("/api/me"))
    assert me["role"] == "member"
    assert sorted(me["teams"]) == sorted([house.sales, house.support])
    assert [(one["name"], one["role"]) for one in me["organizations"]] == [("Acme", "member")]
    assert good(house.cem.get("/api/members"))["count"] == 4
    assert good(house.cem.get("/api/teams"))["count"] == 2
    for answer in (
        house.cem.post("/api/teams", {"name": "Mine"}),
        house.cem.patch(f"/api/teams/{house.sales}", {"users": []}),
        house.cem.delete(f"/api/teams/{house.sales}"),
        house.cem.patch(f"/api/members/{house.bea.id}", {"role": "admin"}),
        house.cem.delete(f"/api/members/{house.bea.id}"),
        house.cem.patch(f"/api/organizations/{house.organization.id}", {"name": "Mine"}),
    ):
        refused(answer, 403, "permission_denied")


def test_a_super_admin_is_admin_where_the_header_says_and_only_there(house: House) -> None:
    root = house.brook.person("Root", scope="super_admin")
    mine = house.bea.share("For the auditor")["id"]
    theirs = house.neighbour.founder.share("Neighbour's")["id"]
    assert root.at(house.organization.id).ids() == [mine]
    assert root.at(house.neighbour.id).ids() == [theirs]
    made(root.at(house.neighbour.id).post("/api/teams", {"name": "Auditors"}))
