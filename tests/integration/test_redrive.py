"""Something breaks, dead letters come, it is mended, they are done: `make redrive`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.process import StackProcess
from local.settings import ROOT, STACK_NAME
from tests.support.integration.client import Brook, made, wait_until

PROJECTIONS = f"{STACK_NAME}-projections"


@contextmanager
def broken(stack: StackProcess) -> Iterator[None]:
    """Projections as a wrong deployment leaves it: one of its settings names nothing."""
    functions = stack.client("lambda")
    found = functions.get_function_configuration(FunctionName=PROJECTIONS)
    variables = found["Environment"]["Variables"]

    def put(**changes: str) -> None:
        functions.update_function_configuration(
            FunctionName=PROJECTIONS, Environment={"Variables": variables | changes}
        )

    put(BOOKKEEPING_TABLE="nowhere")
    yield
    put()


def waiting(stack: StackProcess) -> int:
    name = "ApproximateNumberOfMessages"
    found = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs["ProjectionsDeadLetterQueueUrl"], AttributeNames=[name]
    )
    return int(found["Attributes"][name])


def redrive(stack: StackProcess) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "tools.ops", "redrive", "projections"],
        cwd=ROOT,
        env=stack.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_what_could_not_be_done_is_done_once_it_is_mended(stack: StackProcess) -> None:
    with Brook(stack) as brook:
        ada = brook.found().founder
        with broken(stack):
            entity = made(ada.post("/api/entities", {"type": "contact", "name": "Dorothy Hodgkin"}))
            path = f"/api/entities/{entity['id']}"
            for note in ("one", "two"):
                assert ada.patch(path, {"note": note}).status_code == 200
            letters = wait_until(lambda: waiting(stack), lambda count: count >= 3)
            status, report = redrive(stack)
            assert (status, report["waiting"]) == (1, letters), "each is parked again"
        assert ada.get(f"{path}/history").json()["count"] == 0
        assert redrive(stack) == (
            0,
            {"taken": letters, "handed_on": letters, "failed": {}, "waiting": 0},
        )
        assert ada.get(f"{path}/history").json()["count"] == 3
        assert ada.ids("/api/entities", name="hodgkin") == [entity["id"]]
