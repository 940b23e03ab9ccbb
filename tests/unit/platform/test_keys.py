"""Keys: no organization reaches another's, and a record's key tells whose it is."""

import inspect

from hypothesis import given
from hypothesis import strategies as st

from crm.platform.dynamodb import keys
from crm.platform.dynamodb.keys import Key, RecordAddress, parse_record

ids = st.uuids().map(str)
user_ids = st.text("abcdef0123456789_|@.:-", min_size=1, max_size=12)
kinds = st.sampled_from(["document", "member", "organization", "team", "list", "gram"])
lists = st.sampled_from(["all", "status#active", "creator#x#inactive"])
anything = st.text(max_size=12)
numbers = st.integers(0, 10**9)

ELSEWHERE = {"organization_prefix", "user_organization", "waiting", "erasing", "erased"}
"""Functions without an organization, or without a key."""


@st.composite
def all_keys(draw: st.DrawFn, organization: str) -> dict[str, Key]:
    """A key of an organization by each function that makes one."""
    kind, record = draw(kinds), draw(ids | user_ids)
    return {
        "record": keys.record(organization, kind, record),
        "child_item": keys.child_item(
            keys.record(organization, kind, record), "version", draw(anything)
        ),
        "index_item": keys.index_item(organization, kind, draw(lists), draw(anything)),
        "unique_constraint": keys.unique_constraint(organization, kind, draw(anything)),
        "admins": keys.admins(organization),
        "gram": keys.gram(organization, kind, draw(anything), record),
        "indexed": keys.indexed(organization, kind, record),
        "count": keys.count(organization, kind, draw(lists)),
        "reference_count": keys.reference_count(organization, kind, record, draw(kinds)),
        "waited": keys.waited(organization, record),
        "history": keys.history(organization, kind, record, draw(numbers)),
        "aggregate": keys.aggregate(organization, draw(lists), draw(anything)),
        "summed": keys.summed(organization, kind, record, draw(anything)),
        "delivery": keys.delivery(organization, record),
        "delivery_entry": keys.delivery_entry(organization, record, draw(anything)),
        "execution": keys.execution(organization, record),
        "execution_entry": keys.execution_entry(organization, draw(lists), draw(anything)),
        "turn": keys.turn(organization, record, draw(numbers)),
        "job": keys.job(organization, kind, record),
        "job_entry": keys.job_entry(organization, kind, draw(lists), record),
        "import_row": keys.import_row(organization, record, draw(numbers)),
        "import_match": keys.import_match(organization, record, draw(lists), draw(anything)),
        "restored_person": keys.restored_person(organization, draw(user_ids)),
        "idempotency": keys.idempotency(
            organization, draw(user_ids), "POST /api/x", draw(anything)
        ),
        "inventory": keys.inventory(organization, kind, record),
        "deletion_log_line": keys.deletion_log_line(organization, kind, record),
    }


def organization_keys(organization: str) -> st.SearchStrategy[Key]:
    """Any key of an organization."""
    return all_keys(organization).flatmap(lambda made: st.sampled_from(list(made.values())))


@given(all_keys("-"))
def test_each_key_of_an_organization_is_looked_at(made: dict[str, Key]) -> None:
    makers = {
        name
        for name, one in vars(keys).items()
        if inspect.isfunction(one) and "organization_id" in inspect.signature(one).parameters
    }
    assert makers - made.keys() == ELSEWHERE


@given(st.data(), ids | st.just("-"), ids | st.just("-"))
def test_organizations_share_no_partition(data: st.DataObject, one: str, other: str) -> None:
    first, second = data.draw(organization_keys(one)), data.draw(organization_keys(other))
    assert first.pk.startswith(keys.organization_prefix(one))
    if one != other:
        assert first.pk != second.pk
        assert not first.pk.startswith(keys.organization_prefix(other))
    assert first.pk != keys.user(other).pk
    assert first.pk != keys.rate(other, 1).pk
    assert first.pk not in {keys.erased(one).pk, keys.erasing(one, "organization").pk}
    assert first.pk != keys.CURSOR_SIGNING.pk


@given(ids, kinds, ids | user_ids, anything)
def test_a_records_key_is_read_back(organization: str, kind: str, record: str, name: str) -> None:
    key = keys.record(organization, kind, record)
    address = RecordAddress(organization, kind, record)
    assert parse_record(key) == address
    assert keys.record(*address) == key
    assert parse_record(keys.child_item(key, "upload", name)) == address


@given(ids, kinds, lists, anything, user_ids)
def test_no_other_key_is_taken_for_a_records(
    organization: str, kind: str, name: str, text: str, user: str
) -> None:
    for key in (
        keys.index_item(organization, kind, name, text),
        keys.unique_constraint(organization, kind, text),
        keys.admins(organization),
        keys.user(user),
        keys.user_organization(user, organization),
        keys.rate(user, 1),
        keys.CURSOR_SIGNING,
    ):
        assert parse_record(key) is None


@given(ids, kinds, ids, kinds, ids)
def test_two_records_have_two_partitions(
    organization: str, kind: str, record: str, other_kind: str, other_record: str
) -> None:
    one = keys.record(organization, kind, record)
    other = keys.record(organization, other_kind, other_record)
    assert (one == other) == ((kind, record) == (other_kind, other_record))


@given(user_ids, user_ids, st.integers(0), st.integers(0))
def test_no_two_users_or_minutes_are_counted_together(
    one: str, other: str, minute: int, other_minute: int
) -> None:
    same = keys.rate(one, minute) == keys.rate(other, other_minute)
    assert same == ((one, minute) == (other, other_minute))


@given(st.lists(st.text(max_size=255), min_size=2, max_size=2, unique=True))
def test_an_idempotency_key_stands_for_itself_however_long(texts: list[str]) -> None:
    """And all answers to a user in an organization stand together."""
    route = f"POST /api/{'x' * 120}"
    one, other = (keys.idempotency("o", "u", route, text) for text in texts)
    assert one.pk == other.pk == keys.idempotency("o", "u", "POST /api/y", "k").pk
    assert one.sk != other.sk
    assert max(len(key.sk.encode()) for key in (one, other)) <= keys.LONGEST_SORT


def test_a_very_long_idempotency_key_is_its_digest() -> None:
    route = f"POST /api/{'x' * 120}"
    keys_of = [keys.idempotency("o", "u", route, "☂" * 254 + end) for end in "ab"]
    assert len({key.sk for key in keys_of}) == 2
    key = keys.idempotency("o", "u", route, "\U0001f33b" * 255)
    assert len(key.sk.encode()) <= keys.LONGEST_SORT
    assert "#sha256:" in key.sk
