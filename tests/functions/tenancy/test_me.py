"""/api/me"""

from tests.support.client import Client
from tests.support.cloud import Cloud


def test_without_an_organization(ada: Client) -> None:
    reply = ada.within(None).get("/api/me")
    assert reply.status == 200
    assert reply.json == {
        "id": ada.user_id,
        "email": "ada@example.com",
        "first_name": "Ada",
        "last_name": "Admin",
        "organizations": [{"id": ada.organization_id, "name": "Brook", "role": "admin"}],
    }


def test_in_an_organization_with_role_and_teams(cleo: Client, team: str) -> None:
    mine = cleo.get("/api/me").json
    assert (mine["role"], mine["teams"]) == ("member", [team])
    assert mine["organizations"] == [
        {"id": cleo.organization_id, "name": "Brook", "role": "member"}
    ]


def test_of_a_newcomer(cloud: Cloud) -> None:
    newcomer = Client(cloud.new_user("nora@example.com", "Nora", "New"))
    assert newcomer.get("/api/me").json == {
        "id": newcomer.user_id,
        "email": "nora@example.com",
        "first_name": "Nora",
        "last_name": "New",
        "organizations": [],
    }


def test_of_somebody_whom_the_user_pool_does_not_know(cloud: Cloud) -> None:
    assert Client("from-elsewhere").get("/api/me").json == {
        "id": "from-elsewhere",
        "email": "",
        "first_name": "",
        "last_name": "",
        "organizations": [],
    }


def test_a_super_admin_is_admin_without_being_a_member(root: Client) -> None:
    mine = root.get("/api/me").json
    assert (mine["role"], mine["teams"], mine["organizations"]) == ("admin", [], [])


def test_the_profile_of_the_first_organization_is_kept(ada: Client, ben: Client) -> None:
    """The name of a member belongs to that organization, not to the user's own page."""
    ada.patch(f"/api/members/{ben.user_id}", {"first_name": "Benjamin"})
    assert ben.get("/api/me").json["first_name"] == "Ben"


def test_an_organization_that_was_left_is_gone_from_it(ada: Client, ben: Client) -> None:
    ben = ben.within(None)
    assert len(ben.get("/api/me").json["organizations"]) == 1
    ada.patch(f"/api/members/{ben.user_id}", {"is_active": False})
    assert ben.get("/api/me").json["organizations"] == []


def test_a_malformed_or_foreign_header(ada: Client, eve: Client) -> None:
    assert ada.within("x").get("/api/me").problem == (400, "organization_required")
    assert ada.within(eve.organization_id).get("/api/me").problem == (403, "not_a_member")
