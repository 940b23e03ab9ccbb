"""Keys: no organization reaches another's, and a record's key tells whose it is."""

from hypothesis import given
from hypothesis import strategies as st

from crm.store import keys
from crm.store.keys import Key, RecordAddress, parse_record

ids = st.uuids().map(str)
user_ids = st.text("abcdef0123456789_|@.:-", min_size=1, max_size=12)
kinds = st.sampled_from(["document", "member", "organization", "team", "list", "gram"])
lists = st.sampled_from(["all", "status#active", "creator#x#inactive"])
anything = st.text(max_size=12)


@st.composite
def organization_keys(draw: st.DrawFn, organization: str) -> Key:
    """Any key of an organization."""
    kind, record = draw(kinds), draw(ids | user_ids)
    made: list[Key] = [
        keys.record(organization, kind, record),
        keys.part(keys.record(organization, kind, record), "version", draw(anything)),
        keys.entry(organization, kind, draw(lists), draw(anything)),
        keys.unique(organization, kind, draw(anything)),
        keys.admins(organization),
        keys.gram(organization, kind, draw(anything), record),
        keys.indexed(organization, kind, record),
        keys.delivery(organization, record),
        keys.delivery_entry(organization, record, draw(anything)),
        keys.idempotency(organization, draw(user_ids), "POST /api/x", draw(anything)),
        keys.had(organization, kind, record),
    ]
    return draw(st.sampled_from(made))


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
    assert parse_record(keys.part(key, "upload", name)) == address


@given(ids, kinds, lists, anything, user_ids)
def test_no_other_key_is_taken_for_a_records(
    organization: str, kind: str, name: str, text: str, user: str
) -> None:
    for key in (
        keys.entry(organization, kind, name, text),
        keys.unique(organization, kind, text),
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
