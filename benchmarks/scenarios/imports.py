"""Imports, and the worker that writes their rows."""

from collections.abc import Sequence
from typing import Any

from benchmarks import files, jobs, stream
from benchmarks.functions import Event
from benchmarks.jobs import IMPORTS
from benchmarks.scenarios.scenario import Scenario
from benchmarks.world import World

_FEW, _CHUNK = 10, 100
_WORKER = "import_worker"


def _place(world: World) -> World:
    """An organization without other records, so that rows match nothing that they should not."""
    return world.beside("imports", lambda _: None)


def _declared(world: World) -> str:
    job = jobs.declared(world, files.contacts(_FEW))
    return f"{IMPORTS}/{job['id']}"


def _listed(world: World) -> Event:
    """As an admin, who sees all."""
    there = world.beside("many imports", lambda w: [_declared(w) for _ in range(12)])
    return there.admin.get(IMPORTS)


def _failed(world: World) -> Event:
    """An import of which all rows have failed."""
    there = _place(world)
    job = jobs.begin_import(there, files.broken_contacts(_FEW))
    return there.admin.get(str(jobs.work(there, _WORKER, job)["error_file"]))


def _rows(world: World, content: bytes, record_type: str = "entity", **options: Any) -> Event:
    job = jobs.begin_import(world, content, record_type, **options)
    return jobs.message(world, _WORKER, job)


def _again(world: World, on_duplicate: str) -> Event:
    """Rows whose contacts have been imported already."""
    there = world.beside("imported", lambda w: _import(w, files.contacts(_FEW)))
    note = world.name("Met again")
    match: Any = {"on_duplicate": on_duplicate, "match_on": ["email"]}
    return _rows(there, files.contacts(_FEW, note), **match)


def _import(world: World, content: bytes, record_type: str = "entity") -> None:
    jobs.work(world, _WORKER, jobs.begin_import(world, content, record_type))


def _too_many(world: World) -> Event:
    """A message whose job is done."""
    there = _place(world)
    event = _rows(there, files.contacts(1))
    stream.hand(there, _WORKER, event)
    return event


def _deals(world: World) -> Event:
    there = _place(world)
    return _rows(there, files.deals(there, _FEW), "deal")


def _organization(world: World) -> Event:
    """The file of another organization, for one that is empty."""
    there = world.beside("exported", _filled)
    job = jobs.work(there, "export_worker", jobs.begin_export(there, jobs.ORGANIZATION, "zip"))
    return _rows(world.elsewhere(), jobs.exported(there, job), jobs.ORGANIZATION)


def _filled(world: World) -> None:
    for record_type, content in (
        ("entity", files.contacts(_FEW)),
        ("deal", files.deals(world, _FEW)),
    ):
        _import(world, content, record_type)


_IMPORT = f"{IMPORTS}/<import_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario(f"GET {IMPORTS}", _listed, "first page"),
    Scenario(
        f"POST {IMPORTS}",
        lambda w: w.admin.post(IMPORTS, jobs.import_body(files.contacts(_FEW))),
    ),
    Scenario(f"GET {_IMPORT}", lambda w: w.admin.get(_declared(w))),
    Scenario(f"POST {_IMPORT}/cancel", lambda w: w.admin.post(f"{_declared(w)}/cancel", {})),
    Scenario(f"GET {_IMPORT}/errors", _failed),
    Scenario("import_worker: ten contacts", lambda w: _rows(_place(w), files.contacts(_FEW))),
    Scenario("import_worker: 100 contacts", lambda w: _rows(_place(w), files.contacts(_CHUNK))),
    Scenario("import_worker: ten contacts, skipped", lambda w: _again(w, "skip")),
    Scenario("import_worker: ten contacts, updated", lambda w: _again(w, "update")),
    Scenario(
        "import_worker: ten contacts, dry run",
        lambda w: _rows(_place(w), files.contacts(_FEW), dry_run=True),
    ),
    Scenario(
        "import_worker: ten contacts, all failed", lambda w: _rows(w, files.broken_contacts(_FEW))
    ),
    Scenario("import_worker: ten deals", _deals),
    Scenario("import_worker: an organization of ten contacts and deals", _organization),
    Scenario("import_worker: a job that is done", _too_many),
]
