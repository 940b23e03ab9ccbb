"""Nothing is installed that was not chosen: versions and hashes of all packages are known."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted(
    str(path.relative_to(ROOT))
    for folder in ("layers/deps", "local")
    for path in (ROOT / folder).glob("requirements*.txt")
)


def requirements(lock: str) -> list[str]:
    """The entries of a lock, each on one line."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def test_there_is_a_lock_for_each_list() -> None:
    lists = [*(ROOT / "layers/deps").glob("*.in"), *(ROOT / "local").glob("*.in")]
    assert sorted(str(path.relative_to(ROOT).with_suffix(".txt")) for path in lists) == LOCKS


@pytest.mark.parametrize("lock", LOCKS)
def test_all_is_pinned_with_hashes(lock: str) -> None:
    found = requirements(lock)
    assert found
    for line in found:
        assert re.fullmatch(r"[\w.-]+==[\w.+!]+( *;.+?)?( +--hash=sha256:[0-9a-f]{64})+ *", line), (
            line
        )


@pytest.mark.parametrize("lock", LOCKS)
def test_what_was_chosen_is_what_is_locked(lock: str) -> None:
    locked = {re.split(r"[ ;]", line)[0].lower() for line in requirements(lock)}
    for line in (ROOT / lock).with_suffix(".in").read_text().splitlines():
        chosen = re.fullmatch(r"([\w.-]+)(\[[\w,-]+\])?(==\S+)", line)
        if chosen:
            assert f"{chosen[1]}{chosen[3]}".lower() in locked


@pytest.mark.parametrize("lock", LOCKS)
def test_each_lock_is_installed_with_its_hashes_and_audited(lock: str) -> None:
    makefile = (ROOT / "Makefile").read_text()
    [locks] = re.findall(r"^LOCKS := (.+)$", makefile, re.MULTILINE)
    assert lock in locks.split()
    recipe = (ROOT / "layers/deps/build.py").read_text() if lock.startswith("layers") else makefile
    installing = [line for line in recipe.splitlines() if "--require-hashes" in line]
    assert installing
    if recipe is makefile:
        assert any(f"--requirement {lock}" in line for line in installing)


def test_nothing_else_is_installed() -> None:
    """Brook itself comes from here; the tool that resolves locks is asked for by hand."""
    makefile = (ROOT / "Makefile").read_text()
    for line in makefile.splitlines():
        if "$(PIP" in line:
            allowed = ("--require-hashes", "--editable .", "pip-tools")
            assert any(one in line for one in allowed), line


def test_what_ci_installs_comes_by_the_makefile() -> None:
    for path in [ROOT / ".ci/run", *(ROOT / ".github/workflows").glob("*.yml")]:
        assert not re.search(r"pip3? install|pipx|uv ", path.read_text()), path
