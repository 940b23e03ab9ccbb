"""The stream, as badly as it may come: twice, late, keys out of order, to workers that die."""

from collections.abc import Sequence

from hypothesis import note

from tests.assurance.model.engine import StreamRecord
from tests.assurance.model.injector import Fault
from tests.assurance.model.worker import Worker
from tests.support.stream import project

BATCH = 60


class Deliveries:
    """Delivered and pending stream records of a history.

    Attributes:
        records: how many records were delivered, repetitions included.
    """

    def __init__(self, worker: Worker) -> None:
        self.records = 0
        self._worker = worker
        self._waiting: list[StreamRecord] = []
        self._told: list[StreamRecord] = []
        worker.engine.changes()

    def deliver(
        self, number: int, turn: int, again: int, faults: Sequence[Fault], *, twice: bool
    ) -> None:
        """Deliver a batch.

        Args:
            number: how many of the records that wait.
            turn: how far the keys are out of order; if it is odd, what comes again comes last.
            again: how many of the last records come once more.
            faults: what goes wrong meanwhile.
            twice: the batch comes again although it was done.
        """
        self._waiting += self._worker.engine.changes()
        new, self._waiting = self._waiting[:number], self._waiting[number:]
        late, ordered = self._told[-again:] if again else [], _reordered(new, turn)
        batch = [*ordered, *late] if turn % 2 else [*late, *ordered]
        note(f"stream: {len(new)} records, turn {turn}, {len(late)} late, {faults or ''}")
        if batch and not self._is_done(batch, faults):
            assert self._is_done(batch, ())
        if batch and twice:
            assert self._is_done(batch, ())
        self._told += new

    def drain(self) -> None:
        """Deliver all that waits, and what comes of it, until nothing does; each batch twice."""
        while True:
            self._waiting += self._worker.engine.changes()
            if not self._waiting:
                return
            self.deliver(BATCH, 1, 0, (), twice=True)

    def _is_done(self, batch: Sequence[StreamRecord], faults: Sequence[Fault]) -> bool:
        """Hand a batch to the function; whether it need not be repeated."""
        self.records += len(batch)
        is_done = self._worker.is_done(lambda: project(list(batch)), faults)
        assert not self._worker.dead_letters, "a record could not be handled"
        return is_done


def _reordered(records: Sequence[StreamRecord], turn: int) -> list[StreamRecord]:
    """The same records, each key's in their order, the keys in another."""
    groups: dict[str, list[StreamRecord]] = {}
    for one in records:
        groups.setdefault(str(one["dynamodb"]["Keys"]), []).append(one)
    keys = list(groups)
    middle = turn % len(keys) if keys else 0
    return [one for key in (*keys[middle:], *keys[:middle]) for one in groups[key]]
