"""Simulated contention of creates at one item."""

import pytest

from benchmarks.hot_partitions import HELD_SECONDS, simulate


def test_who_shares_nothing_is_never_refused() -> None:
    outcome = simulate(1000, [], seconds=2)
    assert (outcome.refused, outcome.slow, outcome.given_up) == (0, 0, 0)


def test_two_in_a_row_do_not_meet() -> None:
    assert simulate(0.001 / HELD_SECONDS, [1], seconds=100).refused == 0


@pytest.mark.parametrize("rate", [25, 100])
def test_copies_keep_creates_apart(rate: float) -> None:
    refused = [simulate(rate, [copies, copies], seconds=20).refused for copies in (1, 4, 16, 64)]
    assert refused == sorted(refused, reverse=True)
    assert refused[0] > 4 * refused[2]


def test_an_item_takes_no_more_than_it_is_held_for() -> None:
    outcome = simulate(2 / HELD_SECONDS, [1], seconds=30)
    assert outcome.given_up > 0.3


def test_it_always_comes_out_the_same() -> None:
    assert simulate(50, [1], seconds=5) == simulate(50, [1], seconds=5)
