"""The steps of a history."""

from typing import Any

from hypothesis import strategies as some
from hypothesis.stateful import rule

from tests.assurance.model import conversion, deals, documents, owned, parts, recount, settings
from tests.assurance.model.acts import Act
from tests.assurance.model.drawing import (
    BODIES,
    DOCUMENT,
    NAMES,
    PEOPLE,
    UNKNOWN,
    anybody,
    boss,
    colleague,
    faults,
    if_match,
    kinds,
    mostly,
    pick,
    points,
    seldom,
    someone,
    two_bodies,
    users,
    yes,
)
from tests.assurance.model.history import History, nth, version_for
from tests.assurance.model.state import PATHS, Fields
from tests.support.interleaving import Point


def _creating(kind: str) -> Any:
    """The step that makes a record."""

    def create(
        self: "Histories", who: str, body: Fields, faults: Any, keyed: bool, patient: bool
    ) -> None:
        act = owned.create(self.state, self.witness, who, kind, self.whole(kind, body))
        self.perform(act, faults, keyed=keyed, patient=patient)

    create.__name__ = f"create_{kind}"
    drawn: dict[str, Any] = {"faults": faults, "keyed": mostly, "patient": mostly}
    step: Any = rule(who=anybody, body=BODIES[kind], **drawn)
    return step(create)


def _changing(kind: str) -> Any:
    """The step that changes a record, in part or as a whole."""

    def change(
        self: "Histories",
        who: str,
        body: Fields,
        which: int,
        whole: bool,
        match: str | None,
        faults: Any,
    ) -> None:
        record = self.record(kind, which)
        if record is None:
            return
        sent = self.resolved(kind, body, record)
        if whole:
            sent = {**owned.body_of(record), **sent}
        version = version_for(record, match)
        place = (self.state, self.witness, self.who(who, record), record, sent)
        self.perform(owned.change(*place, whole=whole, if_match=version), faults)

    change.__name__ = f"change_{kind}"
    drawn: dict[str, Any] = {"which": pick, "whole": seldom, "match": if_match, "faults": faults}
    step: Any = rule(who=someone, body=BODIES[kind], **drawn)
    return step(change)


class Histories(History):
    """Histories of all steps that there are."""

    # ── records ──

    create_entity, change_entity = _creating("entity"), _changing("entity")
    create_lead, change_lead = _creating("lead"), _changing("lead")
    create_deal, change_deal = _creating("deal"), _changing("deal")
    create_case, change_case = _creating("case"), _changing("case")
    create_activity, change_activity = _creating("activity"), _changing("activity")

    @rule(
        who=someone,
        drawn=two_bodies,
        which=pick,
        match=some.sampled_from((None, "now")),
        ends=yes,
        point=points,
    )
    def overtake(
        self, who: str, drawn: Any, which: int, match: str | None, ends: bool, point: Point
    ) -> None:
        """Change a record, or delete it, while an admin changes it too and is quicker."""
        kind, body, others = drawn
        record = self.record(kind, which)
        if record is None:
            return
        version, who = version_for(record, match), self.who(who, record)
        sent, first = self.resolved(kind, body, record), self.resolved(kind, others, record)
        place = (self.state, self.witness)

        def make() -> Act:
            if ends:
                return owned.delete(*place, who, record, version)
            return owned.change(*place, who, record, sent, whole=False, if_match=version)

        def by() -> Act:
            admin = self.state.admin()
            return owned.change(*place, admin, record, first, whole=False, if_match=None)

        self.overtake_by(make, by, point)

    @rule(who=someone, kind=kinds, which=pick, match=if_match, faults=faults)
    def delete(self, who: str, kind: str, which: int, match: str | None, faults: Any) -> None:
        record = self.record(kind, which)
        if record is not None:
            place = (self.state, self.witness, self.who(who, record), record)
            self.perform(owned.delete(*place, version_for(record, match)), faults)

    @rule(
        who=someone,
        which=pick,
        stage=some.integers(0, 6),
        text=some.sampled_from((None, "Yes")),
        faults=faults,
        keyed=mostly,
    )
    def move(
        self, who: str, which: int, stage: int, text: str | None, faults: Any, keyed: bool
    ) -> None:
        deal = self.record("deal", which)
        if deal is not None:
            place = (self.state, self.witness, self.who(who, deal), deal)
            act = deals.move(*place, self.stage(stage), text)
            self.perform(act, faults, keyed=keyed)

    @rule(who=someone, which=pick, with_deal=yes, faults=faults, keyed=mostly, patient=mostly)
    def convert(
        self, who: str, which: int, with_deal: bool, faults: Any, keyed: bool, patient: bool
    ) -> None:
        lead = self.record("lead", which)
        if lead is not None:
            place = (self.state, self.witness, self.who(who, lead), lead)
            act = conversion.convert(*place, with_deal=with_deal)
            self.perform(act, faults, keyed=keyed, patient=patient)

    @rule(who=boss, which=pick, other=pick, faults=faults)
    def merge(self, who: str, which: int, other: int, faults: Any) -> None:
        into, goes = self.record("entity", which), self.record("entity", other)
        if into is None or goes is None:
            return
        other_id = into.merged[-1] if into is goes and into.merged else goes.id
        self.perform(parts.merge(self.state, self.witness, who, into, other_id), faults)

    # ── identifiers ──

    @rule(
        who=someone,
        which=some.sampled_from((0, 0, 0, 1, 2)),
        value=some.sampled_from(("A1", "a-1", "B2", "C3", "D4", "E5")),
        is_primary=mostly,
        faults=faults,
        keyed=mostly,
    )
    def identify(
        self, who: str, which: int, value: str, is_primary: bool, faults: Any, keyed: bool
    ) -> None:
        entity = self.record("entity", which)
        if entity is not None:
            body = {"type": "other", "value": value, "is_primary": is_primary}
            place = (self.state, self.witness, self.who(who, entity), entity)
            act = parts.add(*place, body)
            self.perform(act, faults, keyed=keyed)

    @rule(
        who=someone,
        which=pick,
        body=some.sampled_from(
            ({"is_primary": True}, {"is_primary": False}, {"value": "A1"}, {"value": "C3"}, None)
        ),
        match=if_match,
        faults=faults,
    )
    def change_identifier(
        self, who: str, which: int, body: Fields | None, match: str | None, faults: Any
    ) -> None:
        found = self.identifier(which)
        if found is None:
            return
        entity, part = found
        version = version_for(part, match)
        place = (self.state, self.witness, self.who(who, entity), entity, part)
        act = parts.change(*place, body, version) if body else parts.remove(*place, version)
        self.perform(act, faults)

    # ── documents ──

    @rule(who=anybody, body=DOCUMENT, faults=faults, keyed=mostly, patient=mostly)
    def create_document(
        self, who: str, body: Fields, faults: Any, keyed: bool, patient: bool
    ) -> None:
        sent = self.resolved("document", {"title": "Acme", **body}, None)
        act = documents.create(self.state, self.witness, who, sent)
        self.perform(act, faults, keyed=keyed, patient=patient)

    @rule(who=someone, body=DOCUMENT, which=pick, whole=seldom, match=if_match, faults=faults)
    def change_document(
        self, who: str, body: Fields, which: int, whole: bool, match: str | None, faults: Any
    ) -> None:
        document = self.document(which)
        if document is not None:
            sent = self.resolved("document", body, None)
            place = (self.state, self.witness, self.who(who, document), document, sent)
            version = version_for(document, match)
            self.perform(documents.change(*place, whole=whole, if_match=version), faults)

    @rule(who=someone, which=pick, match=if_match, faults=faults)
    def delete_document(self, who: str, which: int, match: str | None, faults: Any) -> None:
        document = self.document(which)
        if document is not None:
            place = (self.state, self.witness, self.who(who, document), document)
            self.perform(documents.delete(*place, version_for(document, match)), faults)

    @rule(
        who=someone,
        which=pick,
        content=some.sampled_from(documents.CONTENTS[1:]),
        faults=faults,
        keyed=mostly,
    )
    def renew(self, who: str, which: int, content: bytes, faults: Any, keyed: bool) -> None:
        """Declare another file for a document."""
        document = self.document(which)
        if document is not None:
            place = (self.state, self.witness, self.who(who, document), document)
            self.perform(documents.renew(*place, content), faults, keyed=keyed)

    @rule(which=pick, is_right=mostly, faults=faults, again=some.sampled_from((0, 0, 1, 2)))
    def upload(self, which: int, is_right: bool, faults: Any, again: int) -> None:
        """Let a file arrive, maybe after its document has gone."""
        place = nth(self.state.uploads[::-1], which)
        if place is not None:
            self.arrive(place, faults, is_right=is_right, again=again)
            self.counts["uploads"] += 1

    @rule(which=pick)
    def tell_of_upload(self, which: int) -> None:
        """Let S3 tell again of what a function could not look at."""
        self.tell(which)

    @rule(who=someone, kind=kinds, which=pick, document=pick, faults=faults, keyed=mostly)
    def attach(
        self, who: str, kind: str, which: int, document: int, faults: Any, keyed: bool
    ) -> None:
        record, attached = self.record(kind, which), self.document(document)
        if record is not None and attached is not None:
            place = (self.state, self.witness, self.who(who, record), record, attached)
            self.perform(documents.attach(*place), faults, keyed=keyed)

    @rule(who=someone, which=pick, faults=faults)
    def detach(self, who: str, which: int, faults: Any) -> None:
        one = nth(list(self.state.attachments.values())[::-1], which)
        record = self.state.find(*one.target) if one else None
        if one is not None and record is not None:
            place = (self.state, self.witness, self.who(who, record), one)
            self.perform(documents.detach(*place), faults)

    # ── settings ──

    @rule(
        who=boss,
        name=some.sampled_from(NAMES),
        users=users,
        faults=faults,
        keyed=mostly,
    )
    def make_team(self, who: str, name: str, users: set[str], faults: Any, keyed: bool) -> None:
        act = settings.make_team(self.state, self.witness, who, name, sorted(users))
        self.perform(act, faults, keyed=keyed)

    @rule(
        who=boss,
        which=pick,
        name=some.sampled_from((None, *NAMES)),
        users=some.none() | users,
        match=if_match,
        faults=faults,
    )
    def change_team(
        self,
        who: str,
        which: int,
        name: str | None,
        users: set[str] | None,
        match: str | None,
        faults: Any,
    ) -> None:
        team = nth(list(self.state.teams.values()), which)
        if team is None:
            return
        body: Fields = {
            **({"name": name} if name else {}),
            **({"users": sorted(users)} if users is not None else {}),
        }
        version = version_for(team, match)
        act = settings.change_team(self.state, self.witness, who, team, body, version)
        self.perform(act, faults)

    @rule(
        who=boss,
        which=pick,
        users=some.none() | users,
        others=users,
        match=some.sampled_from((None, "now")),
        ends=seldom,
        point=points,
    )
    def overtake_team(
        self,
        who: str,
        which: int,
        users: set[str] | None,
        others: set[str],
        match: str | None,
        ends: bool,
        point: Point,
    ) -> None:
        """Change a team, or dissolve it, while an admin gives it other users and is quicker."""
        team = nth(list(self.state.teams.values()), which)
        if team is None:
            return
        body: Fields = {"users": sorted(users)} if users is not None else {"description": "Good"}
        version, place = version_for(team, match), (self.state, self.witness)

        def make() -> Act:
            if ends:
                return settings.dissolve(*place, who, team, version)
            return settings.change_team(*place, who, team, body, version)

        def by() -> Act:
            admin, given = self.state.admin(), {"users": sorted(others)}
            return settings.change_team(*place, admin, team, given, None)

        self.overtake_by(make, by, point)

    @rule(who=boss, which=pick, match=if_match, faults=faults)
    def dissolve_team(self, who: str, which: int, match: str | None, faults: Any) -> None:
        team = nth(list(self.state.teams.values()), which)
        if team is not None:
            version = version_for(team, match)
            self.perform(settings.dissolve(self.state, self.witness, who, team, version), faults)

    @rule(
        who=boss,
        user=colleague,
        body=some.sampled_from(
            ({"role": "admin"}, {"role": "member"}, {"is_active": False}, {"is_active": True})
        ),
        match=if_match,
        faults=faults,
    )
    def change_member(
        self, who: str, user: str, body: Fields, match: str | None, faults: Any
    ) -> None:
        version = version_for(self.state.members[user], match)
        act = settings.change_member(self.state, self.witness, who, user, body, version)
        self.perform(act, faults)

    @rule(who=boss, user=colleague, faults=faults, keyed=mostly)
    def come_or_go(self, who: str, user: str, faults: Any, keyed: bool) -> None:
        """Invite whoever is no member, and end the membership of whoever is."""
        is_removed = self.state.members[user].fields["is_removed"]
        act = (settings.invite if is_removed else settings.remove_member)(
            self.state, self.witness, who, user
        )
        self.perform(act, faults, keyed=keyed)

    @rule(
        who=boss,
        kind=some.sampled_from(("entity", "deal", "case")),
        body=some.sampled_from(
            (
                {"field_name": "tone", "field_type": "text"},
                {"field_name": "tone", "field_type": "text", "default_value": "red"},
                {"field_name": "tone", "field_type": "number", "default_value": "5"},
                {"field_name": "size", "field_type": "number"},
            )
        ),
        faults=faults,
        keyed=mostly,
    )
    def define(self, who: str, kind: str, body: Fields, faults: Any, keyed: bool) -> None:
        whole = {"record_type": kind, "field_label": "Field", **body}
        act = settings.define(self.state, self.witness, who, whole)
        self.perform(act, faults, keyed=keyed)

    @rule(who=boss, which=pick, is_required=some.sampled_from((None, True, False)), faults=faults)
    def redefine(self, who: str, which: int, is_required: bool | None, faults: Any) -> None:
        one = nth(list(self.state.definitions.values()), which)
        if one is None:
            return
        place = (self.state, self.witness, who, one)
        act = (
            settings.undefine(*place)
            if is_required is None
            else settings.redefine(*place, is_required=is_required)
        )
        self.perform(act, faults)

    # ── what changes nothing ──

    @rule(which=pick, is_same=mostly)
    def repeat(self, which: int, is_same: bool) -> None:
        """Send a POST again that was granted under an Idempotency-Key."""
        kept = nth(self.requests.granted[::-1], which)
        if kept is not None:
            body = kept.body if is_same else _other(kept.body)
            self.requests.again(self.state, kept, body)
            self.counts["repetitions"] += 1

    @rule(who=anybody, kind=kinds, which=pick, faults=faults)
    def read(self, who: str, kind: str, which: int, faults: Any) -> None:
        record = self.record(kind, which)
        if record is None:
            return
        found = self.read_as(who, record.path, faults, sees=self.state.sees(who, record))
        if found is not None:
            self.state.check(record, found)

    @rule(who=anybody, which=pick, faults=faults)
    def read_document(self, who: str, which: int, faults: Any) -> None:
        document = self.document(which)
        if document is None:
            return
        sees = self.state.sees_document(who, document)
        found = self.read_as(who, document.path, faults, sees=sees)
        if found is not None:
            document.check(found["document_obj"])
            assert [one["id"] for one in found["shared_with"]] == document.teams

    @rule(
        who=anybody,
        by=some.sampled_from(("nothing", "status", "record", "record")),
        kind=kinds,
        which=pick,
        limit=some.integers(1, 3),
    )
    def walk_documents(self, who: str, by: str, kind: str, which: int, limit: int) -> None:
        """Walk the list of documents to its end, maybe narrowed."""
        if not self.state.may_enter(who):
            return
        record, query = self.record(kind, which), f"limit={limit}"
        wanted = self.state.listed_documents(who)
        if by == "record" and record is not None:
            wanted = self.state.documents_on(who, record)
            query = f"{query}&related_to_type={kind}&related_to_id={record.id}"
        elif by == "status":
            wanted = [one for one in wanted if one.fields["status"] == "inactive"]
            query = f"{query}&status=inactive"
        recount.walk(self.state, self.requests, who, f"{documents.PATH}?{query}", wanted)
        self.counts["lists"] += 1

    @rule(
        who=anybody,
        kind=kinds,
        by=some.sampled_from(("nothing", "status", "owner", "place")),
        which=pick,
        limit=some.integers(1, 4),
    )
    def walk(self, who: str, kind: str, by: str, which: int, limit: int) -> None:
        """Walk a list to its end, maybe narrowed."""
        if not self.state.may_enter(who):
            return
        wanted = self.state.listed(who, kind)
        filters: Fields = {}
        if by == "owner":
            filters = {"assigned_to": PEOPLE[which % len(PEOPLE)]}
        elif by == "status":
            filters = _STATUS[kind]
        elif by == "place":
            filters, wanted = self.place(who, kind, which, wanted)
        kept = [
            one for one in wanted if all(one.fields[name] == is_ for name, is_ in filters.items())
        ]
        query = "&".join(f"{name}={str(is_).lower()}" for name, is_ in filters.items())
        recount.walk(self.state, self.requests, who, f"{PATHS[kind]}?limit={limit}&{query}", kept)
        self.counts["lists"] += 1

    @rule(number=some.integers(1, 40), turn=pick, again=pick, faults=faults, twice=yes)
    def deliver(self, number: int, turn: int, again: int, faults: Any, twice: bool) -> None:
        """Let the stream's functions do some of what they have to."""
        self.deliveries.deliver(number, turn, again, faults, twice=twice)


_STATUS: dict[str, Fields] = {
    "entity": {"status": "active", "type": "account"},
    "lead": {"status": "assigned"},
    "deal": {"status": "open"},
    "case": {"status": "closed"},
    "activity": {"is_completed": True},
}


def _other(body: Fields) -> Fields:
    """A body that might have been meant instead."""
    texts = ("name", "title", "subject", "last_name", "first_name", "field_label", "value")
    named = next((one for one in texts if one in body), None)
    if named:
        return {**body, named: "Other"}
    if "sha256" in body:
        return {**body, "name": "other.txt"}
    if "related_to_id" in body:
        return {**body, "description": "Other"}
    if "create_deal" in body:
        return {"create_deal": not body["create_deal"]}
    return {**body, "note": "Other"} if "stage_id" in body else {"from": UNKNOWN}
