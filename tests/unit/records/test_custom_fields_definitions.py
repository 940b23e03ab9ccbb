"""Validation of custom fields by their definitions."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.platform import json as web_json
from crm.platform.dynamodb.codec import from_raw, to_raw
from crm.platform.errors import CustomFieldValidationError, ValidationFailedError
from crm.records.custom_fields import definitions as module
from crm.records.custom_fields.definitions import Definitions
from crm.records.custom_fields.schemas import Definition
from crm.records.custom_fields.values import FieldType, Stored

TYPES: tuple[FieldType, ...] = (
    "text",
    "number",
    "date",
    "datetime",
    "boolean",
    "choice",
    "multi_choice",
    "url",
    "email",
)
CHOICES = ["red", "green", "Blue"]


def defined(*fields: dict[str, Any]) -> Definitions:
    return Definitions(Definition.model_validate(one) for one in fields)


def field(name: str = "x", field_type: FieldType = "text", **rest: Any) -> dict[str, Any]:
    return {"field_name": name, "field_type": field_type, **rest}


def refused(write: Callable[[], Any]) -> dict[str, str]:
    """The fields that a write finds fault with, and what it says of each."""
    with pytest.raises(CustomFieldValidationError) as refusal:
        write()
    assert isinstance(refusal.value, ValidationFailedError)
    assert (refusal.value.status, refusal.value.code) == (422, "custom_field_invalid")
    return {error.field: error.message for error in refusal.value.errors}


class TestAnyValue:
    """Every value is refused with its field, or comes back equal."""

    anything = st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    )
    likely = st.one_of(
        st.decimals(allow_nan=False, allow_infinity=False).map(str),
        st.decimals(-(10**6), 10**6, places=2).map(str),
        st.floats(allow_nan=False, allow_infinity=False),
        st.dates().map(str),
        st.datetimes(timezones=st.timezones()).map(datetime.isoformat),
        st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z"),
        st.datetimes().map(lambda moment: moment.isoformat(timespec="milliseconds") + "+05:30"),
        st.sampled_from(CHOICES),
        st.lists(st.sampled_from([*CHOICES, "yellow"]), max_size=4),
        st.emails(),
        st.builds("{}://{}/{}".format, st.sampled_from(["http", "https"]), st.text(), st.text()),
        st.builds(
            "https://{}.example.com/{}".format, st.from_regex("[a-z]+", fullmatch=True), st.text()
        ),
    )

    @pytest.mark.parametrize("field_type", TYPES)
    @given(value=likely | anything, required=st.booleans())
    def test_is_refused_or_comes_back_equal(
        self, field_type: FieldType, value: Any, required: bool
    ) -> None:
        sent = self.parsed(value)
        known = defined(
            field(field_type=field_type, choices=CHOICES, is_required=required),
            field("other"),
        )
        before = {"other": {"text": "stays"}, "gone": {"number": "1"}}
        try:
            created = self.stored(known.create({"x": sent}))
        except CustomFieldValidationError:
            assert list(refused(lambda: known.create({"x": sent}))) == ["custom_fields.x"]
            for write in (known.patch, known.replace):
                assert list(refused(lambda write=write: write({"x": sent}, before))) == [
                    "custom_fields.x"
                ]
            return
        answered = known.answer(created)
        self.same(field_type, sent, answered)
        patched = self.stored(known.patch({"x": sent}, before))
        assert known.answer(patched) == {**answered, "other": "stays"}
        replaced = self.stored(known.replace({"x": sent}, before))
        assert known.answer(replaced) == answered
        for result in (patched, replaced):
            assert result["gone"] == before["gone"]
        self.again(known, answered, created)

    @staticmethod
    def parsed(value: Any) -> Any:
        """The value as a request's body brings it."""
        return web_json.parse(json.dumps(value))

    @staticmethod
    def stored(fields: dict[str, Any]) -> dict[str, Any]:
        """The fields as they come out of the table."""
        back: dict[str, Any] = from_raw(to_raw({"custom_fields": fields}))["custom_fields"]
        assert back == fields
        return back

    @staticmethod
    def same(field_type: FieldType, sent: Any, answered: dict[str, Any]) -> None:
        if sent is None:
            assert answered == {}
            return
        value = answered["x"]
        json.dumps(value)
        if field_type == "number":
            assert isinstance(value, str)
            assert "E" not in value
            assert Decimal(value) == Decimal(sent)
        elif field_type == "datetime":
            shown = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
            assert shown == datetime.fromisoformat(sent.upper())
        else:
            assert value == sent
            assert type(value) is type(sent)

    @staticmethod
    def again(known: Definitions, answered: dict[str, Any], created: dict[str, Any]) -> None:
        """A response can be sent back, and changes nothing."""
        assert known.create(answered) == created
        assert known.replace(answered, created) == created
        assert known.patch(answered, created) == created


class TestRequiredAndDefault:
    """Return the stored value, or None for a refusal, by definition and body."""

    UNNAMED = object()

    @pytest.mark.parametrize(
        ("required", "default", "sent", "whole", "patched"),
        [
            (False, None, UNNAMED, {}, {"x": "old"}),
            (False, None, None, {}, {}),
            (False, None, "", {"x": ""}, {"x": ""}),
            (False, None, "new", {"x": "new"}, {"x": "new"}),
            (False, "default", UNNAMED, {"x": "default"}, {"x": "old"}),
            (False, "default", None, {}, {}),
            (False, "default", "new", {"x": "new"}, {"x": "new"}),
            (True, None, UNNAMED, None, {"x": "old"}),
            (True, None, None, None, None),
            (True, None, " ", None, None),
            (True, None, "new", {"x": "new"}, {"x": "new"}),
            (True, "default", UNNAMED, {"x": "default"}, {"x": "old"}),
            (True, "default", None, None, None),
            (True, "default", "new", {"x": "new"}, {"x": "new"}),
        ],
    )
    def test_matrix(
        self, required: bool, default: Any, sent: Any, whole: Any, patched: Any
    ) -> None:
        known = defined(field(is_required=required, default_value=default))
        values = {} if sent is self.UNNAMED else {"x": sent}
        before = {"x": {"text": "old"}}
        writes: list[tuple[Callable[[], dict[str, Any]], Any]] = [
            (lambda: known.create(values), whole),
            (lambda: known.replace(values, before), whole),
            (lambda: known.patch(values, before), patched),
        ]
        for write, expected in writes:
            if expected is None:
                assert refused(write) == {"custom_fields.x": "is required"}
            else:
                assert known.answer(write()) == expected

    def test_false_answers_a_required_field(self) -> None:
        known = defined(field(field_type="boolean", is_required=True))
        assert known.answer(known.create({"x": False})) == {"x": False}

    def test_a_default_of_false(self) -> None:
        known = defined(field(field_type="boolean", default_value=False))
        assert known.answer(known.create(None)) == {"x": False}

    def test_a_record_that_lacks_a_required_field_can_be_patched(self) -> None:
        known = defined(field(is_required=True), field("y"))
        assert known.answer(known.patch({"y": "new"}, {})) == {"y": "new"}

    def test_null_for_all(self) -> None:
        known = defined(field(), field("y", is_required=True))
        before = {"x": {"text": "old"}, "gone": {"text": "hidden"}}
        assert known.patch(None, before) == {"gone": {"text": "hidden"}}
        standing = {**before, "y": {"text": "old"}}
        assert refused(lambda: known.patch(None, standing)) == {"custom_fields.y": "is required"}


class TestErrors:
    def test_come_all_at_once(self) -> None:
        known = defined(
            field("a", "number"), field("b", is_required=True), field("c", "boolean"), field("d")
        )
        sent = {"a": "five", "c": 1, "d": "fine", "e": 1}
        of_values = {
            "custom_fields.a": "must be a number, or a decimal string",
            "custom_fields.c": "must be true or false",
            "custom_fields.e": "is not defined",
        }
        missing = {"custom_fields.b": "is required"}
        assert refused(lambda: known.create(sent)) == {**of_values, **missing}
        assert refused(lambda: known.replace(sent, {})) == {**of_values, **missing}
        assert refused(lambda: known.patch(sent, {})) == of_values

    def test_null_for_an_unknown_name_is_refused_too(self) -> None:
        assert list(refused(lambda: defined().patch({"x": None}, {}))) == ["custom_fields.x"]

    def test_are_of_a_bearable_size(self) -> None:
        many = {"x" * 500 + str(number): number for number in range(1000)}
        found = refused(lambda: defined().create(many))
        assert max(map(len, found)) == 255
        with pytest.raises(CustomFieldValidationError) as refusal:
            defined().create(many)
        assert len(refusal.value.errors) == 100

    def test_tell_nothing_that_was_sent(self) -> None:
        with pytest.raises(CustomFieldValidationError) as refusal:
            defined(field(field_type="email")).create({"x": "secret"})
        assert "secret" not in str(refusal.value) + str(refusal.value.errors)


class TestDeletedDefinitions:
    STORED: ClassVar[dict[str, Any]] = {"x": {"text": "kept"}, "y": {"number": "5"}}

    def test_hide_their_values_and_block_nothing(self) -> None:
        known = defined(field("y", "number"))
        assert known.answer(self.STORED) == {"y": "5"}
        assert known.patch({"y": 6}, self.STORED) == {**self.STORED, "y": {"number": "6"}}
        assert known.replace({}, self.STORED) == {"x": {"text": "kept"}}
        assert list(refused(lambda: known.patch({"x": "new"}, self.STORED))) == ["custom_fields.x"]

    def test_made_again_show_their_values_again(self) -> None:
        assert defined(field("x", "text")).answer(self.STORED) == {"x": "kept"}

    @pytest.mark.parametrize("field_type", [one for one in TYPES if one != "number"])
    def test_made_again_with_another_type_hide_them(self, field_type: FieldType) -> None:
        known = defined(field("y", field_type, choices=["5"]))
        assert known.answer(self.STORED) == {}
        assert known.replace({}, self.STORED) == self.STORED
        assert known.patch({"y": None}, self.STORED) == self.STORED
        assert known.patch(None, self.STORED) == self.STORED

    def test_give_way_to_new_values(self) -> None:
        known = defined(field("y", "text"))
        for write in (known.patch, known.replace):
            assert write({"y": "five"}, self.STORED) == {**self.STORED, "y": {"text": "five"}}


class TestMerging:
    def test_keeps_its_own_values_and_fills_its_gaps(self) -> None:
        known = defined(field("a"), field("b"), field("c"), field("d"))
        own = {"a": {"text": "own"}, "b": {"number": "1"}, "gone": {"text": "own"}}
        other = {
            **{name: {"text": "other"} for name in ("a", "b", "c", "gone", "left")},
            "d": {"number": "2"},
        }
        assert known.fill(own, other) == {
            "a": {"text": "own"},
            "b": {"text": "other"},
            "c": {"text": "other"},
            "d": {"number": "2"},
            "gone": {"text": "own"},
            "left": {"text": "other"},
        }

    def test_changes_nothing_when_it_is_repeated(self) -> None:
        known = defined(field("a"), field("b"))
        own, other = {"a": {"text": "own"}}, {"b": {"text": "other"}}
        once = known.fill(own, other)
        assert known.fill(once, other) == known.fill(once, {}) == once


class TestWithdrawnChoices:
    """A choice that is taken from a definition stays with the records that have it."""

    @pytest.mark.parametrize(
        ("field_type", "value", "other"),
        [("choice", "old", "older"), ("multi_choice", ["red", "old"], ["older"])],
    )
    def test_stay_but_cannot_be_chosen(self, field_type: FieldType, value: Any, other: Any) -> None:
        known = defined(field(field_type=field_type, choices=["red"]))
        stored: Stored = {"x": {field_type: value}}
        assert known.answer(stored) == {"x": value}
        assert known.replace({"x": value}, stored) == stored
        assert known.patch({"x": value}, stored) == stored
        for sent, before in ((value, {}), (other, stored)):
            assert refused(lambda sent=sent, before=before: known.patch({"x": sent}, before))

    def test_of_another_type_do_not_count(self) -> None:
        known = defined(field(field_type="choice", choices=["red"]))
        assert refused(lambda: known.replace({"x": "old"}, {"x": {"text": "old"}}))


class TestRoom:
    """All custom fields of a record together have so much room."""

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MAX_BYTES", 120)

    def test_is_limited(self) -> None:
        known = defined(field("x"), field("y"))
        stored = known.create({"x": "x" * 60})
        for write in (
            lambda: known.create({"x": "ü" * 60}),
            lambda: known.patch({"y": "y" * 60}, stored),
        ):
            assert list(refused(write)) == ["custom_fields"]

    def test_hidden_values_make_room(self) -> None:
        hidden = {"gone": {"text": "x" * 60}}
        known = defined(field("x"))
        assert known.patch({"x": "short"}, hidden) == {**hidden, "x": {"text": "short"}}
        assert known.patch({"x": "x" * 60}, hidden) == {"x": {"text": "x" * 60}}


def test_answers_stand_in_display_order() -> None:
    known = defined(field("b"), field("a"))
    assert list(known.answer(known.create({"a": "1", "b": "2"}))) == ["b", "a"]


def test_nothing_that_is_passed_changes() -> None:
    known = defined(field("tags", "multi_choice", choices=CHOICES, default_value=["red"]))
    values = {"tags": ["green"]}
    stored: Stored = {"tags": {"multi_choice": ["Blue"]}, "gone": {"text": "x"}}
    known.replace(values, stored)["tags"] = None
    known.patch(values, stored).clear()
    assert values == {"tags": ["green"]}
    assert stored == {"tags": {"multi_choice": ["Blue"]}, "gone": {"text": "x"}}
    assert known.create({}) == {"tags": {"multi_choice": ["red"]}}
