"""/api/entities: the record itself, its list and its filters"""

from typing import Any

import pytest

from tests.support import entities
from tests.support.client import Client
from tests.support.entities import PATH, UNKNOWN, contact_point, detail, entity, path_of
from tests.support.stream import project, recorded

pytestmark = pytest.mark.thorough

WHOLE: dict[str, Any] = {
    "type": "organization",
    "name": "Brook Mills",
    "legal_name": "Brook Mills Ltd.",
    "status": "inactive",
    "note": "Two\nlines",
}


def test_making_one(ada: Client, ben: Client, team: str) -> None:
    body = {**WHOLE, "assigned_to": ben.user_id, "shared_with": [team, team]}
    reply = ada.post(PATH, {**body, "name": "  Brook Mills "})
    made = reply.json
    assert reply.status == 201
    assert reply.headers["Location"] == f"{PATH}/{made['id']}"
    assert reply.headers["ETag"] == '"1"'
    assert made == {
        **body,
        "shared_with": [team],
        "custom_fields": {},
        "id": made["id"],
        "created_on": made["created_on"],
        "created_by": ada.user_id,
        "updated_on": made["created_on"],
        "updated_by": ada.user_id,
        "version": 1,
    }
    read = ben.get(reply.headers["Location"])
    assert read.json == {**made, **entities.NOTHING}
    assert read.headers["ETag"] == '"1"'


def test_defaults(ben: Client) -> None:
    made = entity(ben)
    assert made["status"] == "active"
    assert made["assigned_to"] == ben.user_id
    assert (made["shared_with"], made["custom_fields"]) == ([], {})
    assert (made["legal_name"], made["note"]) == (None, None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": None}, "type"),
        ({"type": "person"}, "type"),
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 5}, "name"),
        ({"legal_name": ""}, "legal_name"),
        ({"legal_name": "x" * 256}, "legal_name"),
        ({"status": "gone"}, "status"),
        ({"note": "x" * 10_001}, "note"),
        ({"assigned_to": "a#b"}, "assigned_to"),
        ({"assigned_to": UNKNOWN}, "assigned_to"),
        ({"shared_with": "all"}, "shared_with"),
        ({"shared_with": ["sales"]}, "shared_with.0"),
        ({"shared_with": [UNKNOWN]}, "shared_with"),
        ({"custom_fields": []}, "custom_fields"),
        ({"id": UNKNOWN}, "id"),
        ({"version": 2}, "version"),
        ({"created_by": "me"}, "created_by"),
        ({"merged_from": []}, "merged_from"),
        ({"organization_id": UNKNOWN}, "organization_id"),
        ({"identifiers": []}, "identifiers"),
        ({"nane": "x"}, "nane"),
    ],
)
def test_writing_refuses(ada: Client, fields: Any, field: str) -> None:
    body = {"type": "account", "name": "Acme", **fields}
    reply = ada.post(PATH, body)
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == [field]
    assert ada.get(PATH).json["count"] == 0

    made = entity(ada)
    for other in (ada.put(path_of(made), body), ada.patch(path_of(made), fields)):
        assert other.problem == (422, "validation_failed")
        assert other.fields == [field]
    assert ada.get(path_of(made)).json["version"] == 1


@pytest.mark.parametrize("how", ["deactivated", "removed"])
def test_it_is_assigned_to_active_members_only(ada: Client, ben: Client, how: str) -> None:
    theirs = entity(ada, assigned_to=ben.user_id)
    if how == "deactivated":
        ada.patch(f"/api/members/{ben.user_id}", {"is_active": False})
    else:
        ada.delete(f"/api/members/{ben.user_id}")
    fields = {"assigned_to": ben.user_id}
    reply = ada.post(PATH, {"type": "account", "name": "Acme", **fields})
    assert reply.problem == (422, "validation_failed")
    assert reply.fields == ["assigned_to"]
    mine = entity(ada)
    assert ada.patch(path_of(mine), fields).fields == ["assigned_to"]
    # What is theirs already stays theirs, and can be changed otherwise.
    assert ada.patch(path_of(theirs), {"name": "Renamed"}).json["assigned_to"] == ben.user_id


def test_a_member_of_another_organization_is_none_of_ours(ada: Client, eve: Client) -> None:
    foreign = eve.post("/api/teams", {"name": "Theirs"}).json["id"]
    for fields, field in (
        ({"assigned_to": eve.user_id}, "assigned_to"),
        ({"shared_with": [foreign]}, "shared_with"),
    ):
        reply = ada.post(PATH, {"type": "account", "name": "Acme", **fields})
        assert reply.problem == (422, "validation_failed")
        assert reply.fields == [field]


def test_a_super_admin_need_not_be_a_member(root: Client, ada: Client) -> None:
    made = entity(root)
    assert made["assigned_to"] == root.user_id
    assert ada.patch(path_of(made), {"name": "Renamed"}).status == 200


def test_put_replaces_all_of_it(ada: Client, ben: Client, team: str) -> None:
    made = entity(ada, **{**WHOLE, "assigned_to": ben.user_id, "shared_with": [team]})
    reply = ada.put(path_of(made), {"type": "contact", "name": "Ada"})
    assert reply.status == 200
    assert reply.headers["ETag"] == '"2"'
    assert reply.json == {
        **made,
        "type": "contact",
        "name": "Ada",
        "legal_name": None,
        "status": "active",
        "note": None,
        "assigned_to": ada.user_id,
        "shared_with": [],
        "updated_on": reply.json["updated_on"],
        "version": 2,
    }


def test_patch_changes_what_it_names(ada: Client) -> None:
    made = entity(ada, **WHOLE)
    reply = ada.patch(path_of(made), {"note": "New"})
    assert reply.json == {
        **made,
        "note": "New",
        "updated_on": reply.json["updated_on"],
        "version": 2,
    }


def test_null_clears(ada: Client, ben: Client, team: str) -> None:
    made = entity(ada, **{**WHOLE, "assigned_to": ben.user_id, "shared_with": [team]})
    names = ("legal_name", "note", "status", "assigned_to", "shared_with", "custom_fields")
    reply = ada.patch(path_of(made), dict.fromkeys(names))
    assert reply.status == 200, reply.text
    assert {name: reply.json[name] for name in names} == {
        "legal_name": None,
        "note": None,
        "status": "active",
        "assigned_to": ada.user_id,
        "shared_with": [],
        "custom_fields": {},
    }


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_stale_if_match(ada: Client, method: str) -> None:
    made = entity(ada)
    ada.patch(path_of(made), {"note": "Changed"})
    body = None if method == "DELETE" else {"type": "account", "name": "Acme"}
    stale = ada.call(method, path_of(made), json=body, headers={"if-match": '"1"'})
    assert stale.problem == (412, "version_conflict")
    assert ada.call(method, path_of(made), json=body, headers={"if-match": '"2"'}).status < 300


def test_deleting(ada: Client) -> None:
    made = entity(ada)
    assert ada.delete(path_of(made)).status == 204
    assert ada.delete(path_of(made)).problem == (404, "not_found")
    assert ada.get(path_of(made)).problem == (404, "not_found")
    assert ada.get(PATH).json["count"] == 0


@pytest.mark.parametrize("one", [UNKNOWN, "nothing", "%00", "x" * 300])
def test_what_never_was(ada: Client, one: str) -> None:
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {}), ("PUT", WHOLE)):
        assert ada.call(method, f"{PATH}/{one}", json=body).problem == (404, "not_found")


def test_names_of_every_kind(ada: Client) -> None:
    """Folded, the first of these has eighteen times its letters; the last has none."""
    for name in ("\ufdfa" * 255, "😀" * 255, "a" + "\u0301" * 254, "\u0301", "#", "~", "a#b|c"):
        made = entity(ada, name)
        assert detail(ada, made)["name"] == name
        assert ada.get(f"{path_of(made)}/duplicates").status == 200
        assert ada.delete(path_of(made)).status == 204


class TestList:
    @pytest.fixture
    def some(self, ada: Client, ben: Client) -> dict[str, str]:
        """Ids by a name of each: three types, two states, two owners."""
        fields: dict[str, dict[str, Any]] = {
            "contact": {"type": "contact"},
            "organization": {"type": "organization", "status": "inactive"},
            "account": {"assigned_to": ben.user_id},
        }
        return {name: entity(ada, name, **more)["id"] for name, more in fields.items()}

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["account", "organization", "contact"]),
            ("type=contact", ["contact"]),
            ("type=organization", ["organization"]),
            ("status=active", ["account", "contact"]),
            ("status=inactive", ["organization"]),
            ("assigned_to={ben}", ["account"]),
            ("assigned_to={ada}", ["organization", "contact"]),
            ("assigned_to={ada}&status=active", ["contact"]),
            ("assigned_to={ada}&type=contact&status=active", ["contact"]),
            ("type=account&status=inactive", []),
            ("assigned_to=nobody", []),
            ("contact_point=nobody@example.com", []),
            ("contact_point=neither-nor%00", []),
        ],
    )
    def test_filters(
        self, ada: Client, ben: Client, some: Any, query: str, names: list[str]
    ) -> None:
        reply = ada.get(f"{PATH}?{query.format(ada=ada.user_id, ben=ben.user_id)}")
        assert reply.ids == [some[name] for name in names]
        assert (reply.json["count"], reply.json["count_exact"]) == (len(names), True)

    def test_a_member_lists_what_is_theirs_by_name(self, ben: Client, some: Any) -> None:
        assert ben.get(PATH).ids == [some["account"]]
        assert ben.get(f"{PATH}?type=account").ids == [some["account"]]
        assert ben.get(f"{PATH}?type=contact").json["count"] == 0

    @pytest.mark.parametrize(
        "query",
        ["type=person", "status=gone", "assigned_to=a%23b", "contact_point=", "limit=101"],
    )
    def test_a_filter_of_the_wrong_form(self, ada: Client, some: Any, query: str) -> None:
        assert ada.get(f"{PATH}?{query}").problem == (422, "validation_failed")

    def test_an_unknown_parameter(self, ada: Client) -> None:
        assert ada.get(f"{PATH}?kind=contact").problem == (400, "unknown_parameter")

    def test_a_name_is_searched_without_case_and_accents(self, ada: Client) -> None:
        with recorded() as records:
            found = entity(ada, "Kündigung Müller AG")
            entity(ada, "Smith Ltd")
        assert ada.get(f"{PATH}?name=muller").ids == []
        project(records)
        for text in ("muller", "MÜLLER", "gung mul", "mu", "k"):
            assert ada.get(PATH, query={"name": text}).ids == [found["id"]]
        assert ada.get(PATH, query={"name": "muller", "type": "account"}).ids == [found["id"]]
        assert ada.get(PATH, query={"name": "muller", "type": "contact"}).ids == []
        with recorded() as renamed:
            ada.patch(path_of(found), {"name": "Meier AG"})
        assert ada.get(f"{PATH}?name=muller").ids == []
        project(renamed)
        assert ada.get(f"{PATH}?name=meier").ids == [found["id"]]

    def test_all_pages(self, ada: Client) -> None:
        made = [entity(ada, f"Acme {n}", type=kind)["id"] for n in range(4) for kind in TYPES]
        walked, link = [], f"{PATH}?limit=5"
        while link:
            page = ada.get(link)
            walked += page.ids
            assert page.json["count"] == 12
            link = page.json["next"]
        assert walked == made[::-1]


TYPES = ("contact", "organization", "account")


class TestContactPoints:
    @pytest.mark.parametrize(
        ("body", "spellings"),
        [
            (entities.EMAIL, ["ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com "]),
            (entities.PHONE, ["+442071838750", "0044 (0)20 7183-8750", "+44 20 7183 8750"]),
            (
                {"channel": "website", "value": "Example.com"},
                ["example.com", "https://EXAMPLE.com/"],
            ),
        ],
    )
    def test_an_entity_is_found_by_it(self, ada: Client, body: Any, spellings: list[str]) -> None:
        one, other = entity(ada), entity(ada, "Other")
        contact_point(ada, one, **body)
        for spelling in spellings:
            assert ada.get(PATH, query={"contact_point": spelling}).ids == [one["id"]]
        contact_point(ada, other, **body)
        found = ada.get(PATH, query={"contact_point": spellings[0]})
        assert found.ids == [other["id"], one["id"]]
        assert found.json["count"] == 2

    def test_once_though_it_has_it_on_two_channels(self, ada: Client) -> None:
        one = entity(ada)
        for channel in ("phone", "mobile", "fax"):
            contact_point(ada, one, channel=channel, value="+44 20 7183 8750")
        found = ada.get(PATH, query={"contact_point": "+442071838750"})
        assert (found.ids, found.json["count"]) == ([one["id"]], 1)

    def test_it_goes_with_other_filters(self, ada: Client) -> None:
        one = entity(ada)
        contact_point(ada, one)
        for query, found in (
            ({"type": "account"}, [one["id"]]),
            ({"type": "contact"}, []),
            ({"status": "active"}, [one["id"]]),
            ({"status": "inactive"}, []),
            ({"assigned_to": ada.user_id}, [one["id"]]),
        ):
            asked = {"contact_point": "ada@example.com", **query}
            assert ada.get(PATH, query=asked).ids == found

    def test_until_it_changes_or_goes(self, ada: Client) -> None:
        one = entity(ada)
        point = contact_point(ada, one)
        path = f"{path_of(one)}/contact-points/{point['id']}"
        ada.patch(path, {"value": "grace@example.com"})
        assert ada.get(PATH, query={"contact_point": "ada@example.com"}).ids == []
        assert ada.get(PATH, query={"contact_point": "grace@example.com"}).ids == [one["id"]]
        ada.delete(path)
        assert ada.get(PATH, query={"contact_point": "grace@example.com"}).json["count"] == 0
        contact_point(ada, one)
        ada.delete(path_of(one))
        assert ada.get(PATH, query={"contact_point": "ada@example.com"}).json["count"] == 0
