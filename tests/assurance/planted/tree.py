"""A copy of the tree, in which faults are planted; the tree itself is never touched."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.assurance.planted.faults import Fault

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENTS = (".venv", ".venv-sam")
"""Shared with the tree: nothing is installed for a copy."""

PACKAGES = "layers/crm/python"


class Tree:
    """A copy of what git knows or would take up, as it stands now.

    Args:
        path: an empty directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        listed = subprocess.run(
            ["/usr/bin/env", "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            source, target = ROOT / name, self.path / name
            if name not in ENVIRONMENTS and source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        for name in ENVIRONMENTS:
            (self.path / name).symlink_to((ROOT / name).resolve())
        self._compile()
        self._prove()
        self._build_page()

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment that makes Python load the copy instead of the installed code."""
        path = os.pathsep.join([str(self.path), str(self.path / PACKAGES)])
        return {**os.environ, "PYTHONPATH": path}

    @contextmanager
    def planted(self, fault: Fault) -> Iterator[None]:
        """Have a fault in the copy for a while.

        Raises:
            ValueError: what it would change does not stand there exactly once.
        """
        file = self.path / fault.file
        sound = file.read_text()
        if sound.count(fault.old) != 1:
            raise ValueError(f"{fault.name}: its text stands {sound.count(fault.old)} times")
        file.write_text(sound.replace(fault.old, fault.new))
        try:
            yield
        finally:
            file.write_text(sound)

    def _compile(self) -> None:
        """By the hash of the source: a fault of the same length in the same second is seen too."""
        command = [
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            "checked-hash",
            "layers",
            "local",
        ]
        subprocess.run([sys.executable, *command], cwd=self.path, check=True)

    def _prove(self) -> None:
        """Raises: RuntimeError: it is not the copy's code that would run."""
        asked = (
            "import crm, crm.platform.dynamodb, local; print(crm.__file__); print(local.__file__)"
        )
        answer = subprocess.run(
            [sys.executable, "-c", asked],
            cwd=self.path,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for file in answer.stdout.split():
            if not Path(file).resolve().is_relative_to(self.path):
                raise RuntimeError(f"the tests would run {file}")

    def _build_page(self) -> None:
        """Git does not keep the page of the documentation, and tests read it."""
        command = ["-m", "tools.openapi.page", "openapi.json", "docs.html"]
        folder = self.path / "functions/api/docs"
        subprocess.run([sys.executable, *command], cwd=folder, env=self.environment, check=True)
