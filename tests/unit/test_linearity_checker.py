"""The judge of histories: it accepts what has an order, and nothing else."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.assurance.linearity import claims, register
from tests.assurance.linearity.checker import order
from tests.assurance.linearity.histories import NEVER, Event
from tests.assurance.linearity.register import Answered, Asked, Record

RECORD, CLAIMS = register.Register(), claims.Claims()

FIRST: register.Maybe = Record(1, (("name", "a"),))
GET = Asked("get")


def patch(value: str, if_match: int | None = None) -> Asked:
    return Asked("patch", (("name", value),), if_match)


def seen(version: int, value: str) -> Answered:
    return Answered(200, Record(version, (("name", value),)))


def event(asked: Any, answered: Any, called_at: float, answered_at: float) -> Event[Any, Any]:
    return Event(0, asked, answered, called_at, answered_at)


STALE = Answered(412)
UNKNOWN = None


@pytest.mark.parametrize(
    ("history", "right"),
    [
        pytest.param([event(GET, seen(1, "a"), 0, 1)], True, id="what was there"),
        pytest.param([event(GET, seen(2, "a"), 0, 1)], False, id="a version from nowhere"),
        pytest.param(
            [event(patch("b"), seen(2, "b"), 0, 1), event(GET, seen(1, "a"), 2, 3)],
            False,
            id="a stale read",
        ),
        pytest.param(
            [event(patch("b"), seen(2, "b"), 0, 3), event(GET, seen(1, "a"), 1, 2)],
            True,
            id="a read that came before the write it overlaps",
        ),
        pytest.param(
            [
                event(patch("b"), seen(2, "b"), 0, 9),
                event(GET, seen(2, "b"), 1, 2),
                event(GET, seen(1, "a"), 3, 4),
            ],
            False,
            id="a write that was seen and is seen no more",
        ),
        pytest.param(
            [event(patch("b"), seen(2, "b"), 0, 2), event(patch("c"), seen(2, "c"), 1, 3)],
            False,
            id="a lost update",
        ),
        pytest.param(
            [event(patch("b", 1), seen(2, "b"), 0, 2), event(patch("c", 1), STALE, 1, 3)],
            True,
            id="one of two who insist on the same version",
        ),
        pytest.param(
            [event(patch("b", 1), seen(2, "b"), 0, 2), event(patch("c", 1), seen(3, "c"), 1, 3)],
            False,
            id="two who insist on the same version",
        ),
        pytest.param(
            [event(patch("b"), UNKNOWN, 0, NEVER), event(GET, seen(1, "a"), 1, 2)],
            True,
            id="an unknown write that has not come yet",
        ),
        pytest.param(
            [
                event(patch("b"), UNKNOWN, 0, NEVER),
                event(GET, seen(1, "a"), 1, 2),
                event(GET, seen(2, "b"), 3, 4),
            ],
            True,
            id="an unknown write that came late",
        ),
        pytest.param(
            [event(GET, seen(2, "b"), 0, 1), event(patch("b"), UNKNOWN, 2, NEVER)],
            False,
            id="an unknown write that was seen before it was asked for",
        ),
        pytest.param(
            [
                event(patch("b"), UNKNOWN, 0, NEVER),
                event(GET, seen(2, "b"), 1, 2),
                event(patch("c"), seen(3, "c"), 3, 4),
                event(GET, seen(4, "b"), 5, 6),
            ],
            False,
            id="an unknown write that was done twice",
        ),
        pytest.param(
            [
                event(Asked("delete"), Answered(204), 0, 1),
                event(GET, Answered(404), 2, 3),
                event(patch("b"), Answered(404), 2, 3),
            ],
            True,
            id="a record that has gone",
        ),
        pytest.param(
            [
                event(Asked("delete"), Answered(204), 0, 2),
                event(Asked("delete"), Answered(204), 1, 3),
            ],
            False,
            id="a record that has gone twice",
        ),
    ],
)
def test_histories_of_a_record(history: list[Event[Asked, Answered]], right: bool) -> None:
    assert (order(history, FIRST, RECORD) is not None) == right


def claim(number: int, value: str) -> claims.Asked:
    return claims.Asked(number, "claim", value=value)


def made(who: str, value: str) -> claims.Answered:
    return claims.Answered(201, who, (value,))


TAKEN, GONE = claims.Answered(409), claims.Answered(204)


@pytest.mark.parametrize(
    ("history", "right"),
    [
        pytest.param(
            [event(claim(1, "x"), made("a", "x"), 0, 2), event(claim(2, "x"), TAKEN, 1, 3)],
            True,
            id="one of two has it",
        ),
        pytest.param(
            [
                event(claim(1, "x"), made("a", "x"), 0, 2),
                event(claim(2, "x"), made("b", "x"), 1, 3),
            ],
            False,
            id="both have it",
        ),
        pytest.param(
            [event(claim(1, "x"), TAKEN, 0, 2), event(claim(2, "x"), TAKEN, 1, 3)],
            False,
            id="nobody has it",
        ),
        pytest.param(
            [
                event(claim(1, "x"), made("a", "x"), 0, 1),
                event(claims.Asked(2, "release", "a"), GONE, 2, 4),
                event(claim(3, "x"), made("b", "x"), 3, 5),
            ],
            True,
            id="it is free as soon as it is released",
        ),
        pytest.param(
            [
                event(claim(1, "x"), made("a", "x"), 0, 1),
                event(claims.Asked(2, "rename", "a", "y"), claims.Answered(200, "a", ("y",)), 2, 5),
                event(claim(3, "x"), made("b", "x"), 3, 4),
                event(claim(4, "y"), made("c", "y"), 6, 7),
            ],
            False,
            id="a new name is taken like any other",
        ),
        pytest.param(
            [
                event(claim(1, "x"), made("a", "x"), 0, 1),
                event(claims.Asked(2, "rename", "a", "y"), claims.Answered(200, "a", ("y",)), 2, 4),
                event(claims.Asked(3, "rename", "a", "x"), claims.Answered(200, "a", ("x",)), 3, 5),
                event(claims.Asked(4, "get", "a"), claims.Answered(200, "a", ("x",)), 6, 7),
            ],
            True,
            id="a name that is taken back, though at first that would change nothing",
        ),
        pytest.param(
            [
                event(claim(1, "x"), None, 0, NEVER),
                event(claim(2, "x"), TAKEN, 1, 2),
                event(claims.Asked(3, "list"), claims.Answered(200, values=("x",)), 3, 4),
            ],
            True,
            id="somebody unknown has it",
        ),
        pytest.param(
            [
                event(claim(1, "x"), made("a", "x"), 0, 1),
                event(claims.Asked(2, "list"), claims.Answered(200, values=("x", "x")), 2, 3),
            ],
            False,
            id="two have it, though one was told",
        ),
    ],
)
def test_histories_of_claims(history: list[Event[Any, Any]], right: bool) -> None:
    nobody: claims.Held = frozenset()
    assert (order(history, nobody, CLAIMS) is not None) == right


REQUESTS = st.builds(
    Asked,
    st.sampled_from(["get", "get", "patch", "put", "delete"]),
    st.sampled_from([(("name", value),) for value in "bcd"]),
    st.none() | st.integers(1, 3),
)


@given(st.lists(st.tuples(REQUESTS, st.floats(0, 3), st.floats(0, 3), st.booleans()), max_size=12))
def test_what_was_done_in_an_order_is_accepted(
    done: list[tuple[Asked, float, float, bool]],
) -> None:
    """Each request has its moment at 1, 2, 3..., and was called before it and answered after it."""
    state: register.Maybe = FIRST
    history = []
    for moment, (asked, before, after, known) in enumerate(done, 1):
        state, answered = register.serve(state, asked)
        history.append(
            event(
                asked,
                answered if known else None,
                moment - before,
                moment + after if known else NEVER,
            )
        )
    assert order(history, FIRST, RECORD) is not None


@given(st.lists(REQUESTS, min_size=1, max_size=8), st.data())
def test_one_answer_that_is_not_the_record_s_is_found_out(
    done: list[Asked], data: st.DataObject
) -> None:
    """Without overlapping requests, each response has one right value."""
    state: register.Maybe = FIRST
    history = []
    for moment, asked in enumerate(done):
        state, answered = register.serve(state, asked)
        history.append(event(asked, answered, moment, moment + 0.5))
    at = data.draw(st.integers(0, len(history) - 1))
    right = history[at].answered
    wrong = data.draw(
        st.sampled_from([Answered(204), Answered(404), STALE, seen(1, "a"), seen(2, "b")]).filter(
            lambda one: one != right
        )
    )
    history[at] = event(history[at].asked, wrong, at, at + 0.5)
    assert order(history, FIRST, RECORD) is None


ANSWERS = st.sampled_from(
    [seen(1, "a"), seen(2, "b"), seen(2, "c"), seen(3, "b"), STALE, Answered(204), Answered(404)]
)


@given(
    st.lists(
        st.tuples(REQUESTS, st.none() | ANSWERS, st.integers(0, 5), st.integers(1, 4)), max_size=5
    )
)
def test_it_finds_what_trying_every_order_finds(
    some: list[tuple[Asked, Answered | None, int, int]],
) -> None:
    history = [
        event(asked, answered, called_at, NEVER if answered is None else called_at + lasted)
        for asked, answered, called_at, lasted in some
    ]
    right = any(
        explains(way, FIRST, RECORD) for some in chosen(history) for way in permutations(some)
    )
    assert (order(history, FIRST, RECORD) is not None) == right


def renames(value: str) -> st.SearchStrategy[Any]:
    asked = claims.Asked(0, "rename", "a", value)
    answers = st.sampled_from([None, claims.Answered(200, "a", (value,)), TAKEN])
    return st.tuples(st.just(asked), answers)


RENAMES = renames("x") | renames("y")
SIGHTS = st.tuples(
    st.just(claims.Asked(0, "get", "a")),
    st.sampled_from([claims.Answered(200, "a", (value,)) for value in "xy"]),
)


@given(st.lists(st.tuples(RENAMES | SIGHTS, st.integers(0, 5), st.integers(1, 4)), max_size=5))
def test_it_finds_what_trying_every_order_of_renames_finds(some: list[Any]) -> None:
    history = [
        event(asked, answered, called_at, NEVER if answered is None else called_at + lasted)
        for (asked, answered), called_at, lasted in some
    ]
    assert (order(history, HELD, CLAIMS) is not None) == any(
        explains(way, HELD, CLAIMS) for some in chosen(history) for way in permutations(some)
    )


HELD: claims.Held = frozenset({("a", "x")})


def chosen(history: list[Event[Any, Any]]) -> list[list[Event[Any, Any]]]:
    """Return the possible histories: all answered requests, and any of the rest."""
    known = [one for one in history if one.answered is not None]
    unknown = [one for one in history if one.answered is None]
    return [
        [*known, *(one for n, one in enumerate(unknown) if mask >> n & 1)]
        for mask in range(1 << len(unknown))
    ]


def explains(way: tuple[Event[Any, Any], ...], initial: Any, specification: Any) -> bool:
    """Whether an order is one of real time, and answers as it was answered."""
    for n, earlier in enumerate(way):
        if any(later.answered_at < earlier.called_at for later in way[n + 1 :]):
            return False
    state = initial
    for one in way:
        state = specification.step(state, one.asked, one.answered)
        if state is None:
            return False
    return True


def test_long_histories_are_judged_soon() -> None:
    """Forty reads at once, of which one is wrong: by trying every order it would take for ever."""
    history = [event(GET, seen(1, "a"), 0, 1) for _ in range(39)]
    assert order([*history, event(GET, seen(1, "a"), 0, 1)], FIRST, RECORD) is not None
    assert order([*history, event(GET, seen(2, "b"), 0, 1)], FIRST, RECORD) is None
