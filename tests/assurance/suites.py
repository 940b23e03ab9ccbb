"""`python -m tests.assurance.suites [NAME ...]`: what tests that are generated go through.

They are ordinary tests and run with all others; here they are counted.
"""

import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local.settings import ROOT
from tests.assurance import figures
from tests.functions.generated import document, places, roles

Counts = Mapping[str, int]

GENERATED = "tests/functions/generated"


@dataclass(frozen=True)
class Suite:
    """Tests that show one thing.

    Attributes:
        files: of the tests, as pytest takes them.
        counted: what they go through, beside how many they are.
    """

    files: Sequence[str]
    counted: Callable[[], Counts] = dict


def _places() -> Counts:
    operations = document.operations()
    found = [place for operation in operations for place in places.of(operation)]
    return {"operations": len(operations), "places": len(found)}


def _roles() -> Counts:
    return {"operations": len(document.operations()), "rows": len(roles.rules())}


SUITES = {
    "isolation": Suite([f"{GENERATED}/test_isolation_generated.py"], _places),
    "isolation-of-files": Suite([f"{GENERATED}/test_isolation_files.py"]),
    "roles": Suite([f"{GENERATED}/test_roles_generated.py"], _roles),
    "server-owned-names": Suite([f"{GENERATED}/test_server_owned.py"]),
    "redelivery": Suite(["tests/integration/test_automation_redelivery.py"]),
    "visibility": Suite(["tests/functions/records/test_owned_permissions.py"]),
}


def main() -> int:
    for name in sys.argv[1:] or SUITES:
        begun = time.monotonic()
        counts = {**SUITES[name].counted(), **_run(SUITES[name].files)}
        figures.keep(name, None, counts, time.monotonic() - begun, [name])
        print(name, counts)
    return 0


def _run(files: Sequence[str]) -> Counts:
    """Return the number of tests; exit if one of them failed."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        options = ["--quiet", "--numprocesses=auto", "-m", "", f"--junitxml={report}"]
        subprocess.run([sys.executable, "-m", "pytest", *options, *files], cwd=ROOT, check=True)
        [suite] = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314 our own
        return {"tests": int(suite.attrib["tests"])}


if __name__ == "__main__":
    sys.exit(main())
