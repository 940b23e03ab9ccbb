"""Exports, and the worker that writes their files."""

from collections.abc import Sequence

from benchmarks import files, jobs, stream
from benchmarks.functions import Event
from benchmarks.jobs import EXPORTS
from benchmarks.scenarios.scenario import Scenario
from benchmarks.world import World

_FEW, _PAGE = 10, 100
_WORKER = "export_worker"


def _place(world: World, count: int = _FEW) -> World:
    """An organization of so many contacts and deals, and an entity more."""

    def prepare(there: World) -> None:
        people, orders = files.contacts(count), files.deals(there, count)
        for record_type, content in (("entity", people), ("deal", orders)):
            job = jobs.begin_import(there, content, record_type)
            jobs.work(there, "import_worker", job)

    return world.beside(f"{count} to export", prepare)


def _path(world: World) -> str:
    return f"{EXPORTS}/{jobs.begin_export(world)}"


def _begun(world: World) -> Event:
    body = {"record_type": "deal", "format": "csv", "filters": {"status": "open"}}
    return world.admin.post(EXPORTS, body)


def _listed(world: World) -> Event:
    there = world.beside("many exports", lambda w: [_path(w) for _ in range(12)])
    return there.admin.get(EXPORTS)


def _done(world: World) -> Event:
    there = _place(world)
    job = jobs.work(there, _WORKER, jobs.begin_export(there))
    return there.admin.get(str(job["file"]))


def _written(there: World, record_type: str, file_format: str) -> Event:
    job = jobs.begin_export(there, record_type, file_format)
    return jobs.message(there, _WORKER, job)


def _too_many(world: World) -> Event:
    """The second message of an export: whoever begins one sends two."""
    there = _place(world)
    event = _written(there, "deal", "csv")
    stream.hand(there, _WORKER, event)
    return event


_EXPORT = f"{EXPORTS}/<export_id>"

SCENARIOS: Sequence[Scenario] = [
    Scenario(f"GET {EXPORTS}", _listed, "first page"),
    Scenario(f"POST {EXPORTS}", _begun),
    Scenario(f"GET {_EXPORT}", lambda w: w.admin.get(_path(w))),
    Scenario(f"POST {_EXPORT}/cancel", lambda w: w.admin.post(f"{_path(w)}/cancel", {})),
    Scenario(f"GET {_EXPORT}/file", _done),
    Scenario("export_worker: ten deals, csv", lambda w: _written(_place(w), "deal", "csv")),
    Scenario("export_worker: 100 deals, csv", lambda w: _written(_place(w, _PAGE), "deal", "csv")),
    Scenario(
        "export_worker: 100 deals, jsonl", lambda w: _written(_place(w, _PAGE), "deal", "jsonl")
    ),
    Scenario(
        "export_worker: 100 contacts, csv", lambda w: _written(_place(w, _PAGE), "entity", "csv")
    ),
    Scenario(
        "export_worker: an organization of ten contacts and deals",
        lambda w: _written(_place(w), "organization", "zip"),
    ),
    Scenario("export_worker: a job that is done", _too_many),
]
