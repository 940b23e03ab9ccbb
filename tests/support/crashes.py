"""A process that dies after so many commits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from crm.platform.dynamodb.transaction import Transaction


class CrashError(BaseException):
    """The end of the process: nothing may catch it."""


class Crash:
    """Whether it has happened."""

    happened = False


@contextmanager
def after_each_commit(look: Callable[[], object]) -> Iterator[None]:
    """Look at what is there whenever something has been committed inside.

    Commits of several threads come one after the other, so that each look finds something whole.
    """
    commit, one_at_a_time = Transaction.commit, threading.RLock()

    def watched(transaction: Transaction) -> None:
        with one_at_a_time:
            commit(transaction)
            if len(transaction):
                look()

    with patch.object(Transaction, "commit", watched):
        yield


@contextmanager
def crash_after(commits: int) -> Iterator[Crash]:
    """Let so many transactions be committed inside, and die right after the last of them."""
    left = commits
    commit = Transaction.commit
    crash = Crash()

    def dying(transaction: Transaction) -> None:
        nonlocal left
        if crash.happened:  # in another thread of the process that died
            raise CrashError
        commit(transaction)
        left -= len(transaction) > 0
        if left == 0 and len(transaction) > 0:
            crash.happened = True
            raise CrashError

    with patch.object(Transaction, "commit", dying):
        try:
            yield crash
        except CrashError:
            assert crash.happened
