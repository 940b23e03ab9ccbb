"""A history's beginning and its end, and what its steps have in common."""

import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, TypeVar

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tests.assurance.model import arrivals, documents, owned, recount, settings
from tests.assurance.model.acts import Act
from tests.assurance.model.deliveries import Deliveries
from tests.assurance.model.drawing import FOUNDER, OTHERS, OWNER, PEOPLE, UNKNOWN
from tests.assurance.model.requests import Requests
from tests.assurance.model.state import Document, Fields, Part, Place, Record, State, Written
from tests.assurance.model.witness import Witness
from tests.assurance.model.worker import Worker
from tests.support.client import Client
from tests.support.interleaving import Point

Thing = TypeVar("Thing")


class History(RuleBasedStateMachine):
    """One history: an organization from its founding to the comparison of all that it holds.

    Class attributes:
        worker: all histories of a process have the same.
        counts: what all of them came to.
    """

    worker: ClassVar[Worker]
    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self._begun = False
        self.worker.injector.plan([])
        self.deliveries = Deliveries(self.worker)
        self.untold: list[Callable[[], None]] = []
        founder = Client(FOUNDER)
        made = founder.post("/api/organizations", {"name": "Brook"})
        assert made.status == 201, made.text
        self.organization_id = made.json["id"]
        self.requests = Requests(self.worker, self.organization_id, self.deliveries.drain)
        self.witness = Witness(lambda one: self.requests.client(self.state.admin(besides=one)))
        [pipeline] = founder.within(self.organization_id).get("/api/pipelines").json["results"]
        self.state = State(pipeline)
        self._found()

    @invariant()
    def count(self) -> None:
        """Count the steps; before the first one it is called too."""
        self.counts["steps"] += self._begun
        self._begun = True

    def teardown(self) -> None:
        """The end: everything derived has come, and all is compared."""
        if sys.exc_info()[1] is not None:
            return  # it has ended before
        self.counts["histories"] += 1
        while self.untold:
            self.tell(0)
        self.deliveries.drain()
        recount.check(self.state, self.requests, self.witness, self.worker, self.organization_id)
        self.counts["requests"] += self.requests.sent
        self.counts["stream_records"] += self.deliveries.records

    def who(self, who: str, record: Record) -> str:
        """The caller; if the owner is meant and is a stranger, whoever made the record."""
        owner = record.fields.get("assigned_to")
        return who if who != OWNER else owner if owner in PEOPLE else record.creator

    def perform(self, act: Act, faults: Any, *, keyed: bool = True, patient: bool = True) -> None:
        self.counts["writes"] += 1
        self.requests.perform(self.state, act, faults, keyed=keyed, patient=patient)

    def overtake_by(self, make: Callable[[], Act], by: Callable[[], Act], point: Point) -> None:
        """Send a request, and another one in the midst of it."""
        self.counts["writes"] += 2
        if self.requests.overtaken(self.state, make, by, point):
            self.counts[f"overtaken: {point.kind}"] += 1

    def read_as(self, who: str, path: str, faults: Any, *, sees: bool) -> Any:
        """Return the content that a user reads; None if the read is refused or failed."""
        reply = self.requests.read(who, path, faults)
        if reply is None:
            return None
        if self.state.may_enter(who) and sees:
            assert reply.status == 200, reply.text
            return reply.json
        refusal = "permission_denied" if self.state.may_enter(who) else "not_a_member"
        assert reply.problem == (403, refusal)
        return None

    def _found(self) -> None:
        """Let the model know the founder and the first members."""
        self.state.members[FOUNDER] = Written(
            FOUNDER,
            {
                "email": "",
                "first_name": "",
                "last_name": "",
                "role": "admin",
                "is_active": True,
                "is_removed": False,
                "teams": [],
            },
            [FOUNDER],
        )
        for user in OTHERS:
            act = settings.invite(self.state, self.witness, FOUNDER, user)
            self._begin(act)
        ben, cleo, dora = OTHERS
        self._begin(settings.make_team(self.state, self.witness, FOUNDER, "Sales", [ben, cleo]))
        shared = {"shared_with": (0,)}
        records: list[tuple[str, str, Fields]] = [
            (ben, "entity", {"type": "account", **shared}),
            (ben, "lead", {}),
            (ben, "deal", shared),
            (cleo, "activity", {"about": ("deal", 0)}),
            (dora, "entity", {"type": "contact"}),
            (dora, "case", {"entity_id": 0, "status": "closed"}),
        ]
        place = (self.state, self.witness)
        for who, kind, body in records:
            whole = self.whole(kind, body)
            self._begin(owned.create(*place, who, kind, whole))
        for who, kinds in ((ben, ("deal", "lead")), (dora, ("case", "entity"))):
            body = self.resolved("document", {"title": "Acme", **shared}, None)
            self._begin(documents.create(*place, who, body))
            document = self.document(0)
            assert document is not None
            for kind in kinds:
                record = self.record(kind, 0)
                assert record is not None
                self._begin(documents.attach(*place, who, record, document))
            self.arrive(self.state.uploads[0], (), is_right=True, again=0)
        # So that there is a file to arrive, whichever steps come.
        document = self.document(0)
        assert document is not None
        self._begin(documents.renew(*place, document.creator, document, documents.CONTENTS[1]))

    def _begin(self, act: Act) -> None:
        """Do something before the history begins, which nothing disturbs."""
        self.requests.perform(self.state, act, (), keyed=False, patient=True)

    def record(self, kind: str, which: int) -> Record | None:
        return nth(list(self.state.records[kind].values())[::-1], which)

    def document(self, which: int) -> Document | None:
        return nth(list(self.state.documents.values())[::-1], which)

    def arrive(self, place: Place, faults: Any, *, is_right: bool, again: int) -> None:
        """Let a file come, or another one than the form is for.

        Args:
            place: what the form is for.
            faults: what goes wrong when the function is told first.
            is_right: it is the file that was declared.
            again: how often the function is told again, at once; if it could not do its work, it
                is told later if not now.
        """
        self.state.uploads.remove(place)
        content = place.content if is_right else documents.OTHER_CONTENT
        tell = arrivals.stored(self.worker, place.key, content)
        note(f"upload: {content!r} to {place.key} {faults or ''}, {again} times again")
        is_done = self.worker.is_done(tell, faults)
        for _ in range(again):
            is_done = self.worker.is_done(tell, ())
            assert is_done
        document = self.state.documents.get(place.document_id)
        arrived = partial(documents.arrived, self.state, place, is_right=is_right)
        is_seen = is_done or (document and documents.is_changed(self.witness, document))
        if is_seen:
            arrived()

        def later() -> None:
            assert self.worker.is_done(tell, ())
            if not is_seen:
                arrived()

        if not is_done:
            self.untold.append(later)

    def tell(self, which: int) -> None:
        """Tell the function once more of a file that it could not look at."""
        later = nth(self.untold, which)
        if later is not None:
            self.untold.remove(later)
            later()

    def identifier(self, which: int) -> tuple[Record, Part] | None:
        found = [
            (self.state.records["entity"][entity_id], part)
            for entity_id, inside in self.state.parts.items()
            for part in inside.values()
            if part.kind == "identifier"
        ]
        return nth(found, which)

    def stage(self, number: int) -> str:
        stages = self.state.stages
        return stages[number].id if number < len(stages) else UNKNOWN

    def whole(self, kind: str, body: Fields) -> Fields:
        """A body that makes a record: what has to be there is."""
        first = self.record("entity", 0)
        needed: dict[str, Fields] = {
            "entity": {"name": "Acme"},
            "lead": {"last_name": "Acme"},
            "case": {"name": "Acme"},
            "deal": {"name": "Acme", "entity_id": first.id if first else UNKNOWN},
            "activity": {"type": "task" if body.get("done") else "note", "subject": "Acme"},
        }
        return {**needed[kind], **self.resolved(kind, body, None)}

    def resolved(self, kind: str, drawn: Fields, record: Record | None) -> Fields:
        """A body with ids in the place of numbers."""
        body = dict(drawn)
        if "shared_with" in body:
            teams = list(self.state.teams)
            named = [nth(teams, one) if one < 9 else UNKNOWN for one in body["shared_with"]]
            body["shared_with"] = list(dict.fromkeys(one for one in named if one))
        if body.get("entity_id") is not None:
            entity = self.record("entity", body["entity_id"])
            body["entity_id"] = entity.id if entity else UNKNOWN
        if "stage_id" in body:
            body["stage_id"] = self.stage(body["stage_id"])
        if "about" in body:
            about_kind, which = body.pop("about")
            target = self.record(about_kind, which)
            body["related_to_type"] = about_kind
            body["related_to_id"] = target.id if target else UNKNOWN
        done = body.pop("done", {})
        is_note = record is not None and record.fields["type"] == "note" if done else False
        return {**body, **({} if is_note and "status" in done else done)}

    def place(
        self, who: str, kind: str, which: int, listed: list[Record]
    ) -> tuple[Fields, list[Record]]:
        """A filter by where a record is, and what there is to be filtered."""
        if kind == "deal":
            return {"stage_id": self.stage(which % 6)}, listed
        if kind == "case":
            entity = self.record("entity", which)
            return {"entity_id": entity.id} if entity else {}, listed
        target = self.record("deal", which) if kind == "activity" else None
        if target is None:
            return {}, listed
        wanted = self.state.about("deal", target.id)
        if not self.state.sees(who, target):
            wanted = [one for one in wanted if one in listed]
        return {"related_to_type": "deal", "related_to_id": target.id}, wanted


def nth(things: list[Thing], which: int) -> Thing | None:
    return things[which % len(things)] if things else None


def version_for(one: Written, match: str | None) -> int | None:
    """The version that a request is for."""
    if match is None:
        return None
    return one.version if match == "now" else one.version + 1
