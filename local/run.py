"""`make run`: the stack in the foreground, until a signal stops it."""

import asyncio
import json
import logging
import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
from hypercorn.asyncio import serve
from hypercorn.config import Config

from local import demo, deployment, engine, ports
from local.clients import clients
from local.errors import LocalStackError
from local.files import write_atomically
from local.gateway import Gateway
from local.lifespan import lifespan
from local.lock import Lock
from local.outputs import Outputs
from local.progress import say, step
from local.settings import HOST, Settings
from local.snapshots import Snapshots
from local.welcome import welcome

START_TIMEOUT = 120


@dataclass(frozen=True)
class Extent:
    """Parts of the stack to start: tests omit some."""

    deploy: bool = True
    demo: bool = True


def run(settings: Settings, extent: Extent) -> None:
    try:
        settings.directory.mkdir(parents=True, exist_ok=True)
        lock = Lock(settings.directory)
        first = lock.acquire()
    except OSError as error:
        raise LocalStackError(f"cannot write to {settings.directory}: {error.strerror}") from error
    if not first:
        say("The stack is running: bringing it up to date.")
        asyncio.run(deployment.bring_up_to_date(settings))
        return
    ports.require_free(settings.port, "PORT")
    ports.require_free(settings.engine_port, "ENGINE_PORT")
    asyncio.run(_run(settings, extent))


async def _run(settings: Settings, extent: Extent) -> None:
    say(f"Brook CRM, local stack in {settings.directory}")
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with step("engine"):
        application = engine.load(settings)
    gateway = Gateway(application.app, settings)
    async with lifespan(application.app):
        snapshots = Snapshots(application, gateway)
        server = asyncio.create_task(serve(gateway, _server(settings), shutdown_trigger=stop.wait))
        saver = asyncio.create_task(snapshots.keep())
        work = asyncio.create_task(_prepare(settings, snapshots, extent))
        try:
            await _until(stop, work, server, saver)
        finally:
            stop.set()
            await _cancel(work, saver)
            await server
            with step("saving"):
                await snapshots.save()
                shutil.rmtree(settings.scratch, ignore_errors=True)


async def _until(stop: asyncio.Event, work: Any, server: Any, saver: Any) -> None:
    """Wait for the stop signal; an error of a task ends the stack, and is raised."""
    stopping = asyncio.create_task(stop.wait())
    watched = {stopping, work, server, saver}
    while not stopping.done():
        done, watched = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    say("\nStopping.")


async def _prepare(settings: Settings, snapshots: Snapshots, extent: Extent) -> None:
    await _answering(settings)
    if extent.deploy:
        await deployment.bring_up_to_date(settings)
    if extent.deploy and extent.demo and not settings.demo.exists():
        await _seed(settings, snapshots)
    await snapshots.save()
    say(welcome(settings))


async def _seed(settings: Settings, snapshots: Snapshots) -> None:
    """Create the demo. The stack works without it: report a failure, retry at the next start."""
    outputs = Outputs(settings.outputs).all()
    try:
        with step("demo organization"):
            made = await asyncio.to_thread(demo.seed, settings, clients(settings), outputs)
            # Saved first: once the demo file exists, a kill must not lose the demo.
            await snapshots.save()
        write_atomically(settings.demo, json.dumps(made, indent=2) + "\n")
    except (LocalStackError, httpx.HTTPError, LookupError) as error:
        say(f"  the demo organization is not whole: {error!r}")


async def _answering(settings: Settings) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(START_TIMEOUT * 10):
            with suppress(httpx.TransportError):
                await client.get(f"{settings.engine_url}/_ministack/health")
                return
            await asyncio.sleep(0.1)
    raise LocalStackError(f"the engine does not answer on {settings.engine_url}")


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _server(settings: Settings) -> Config:
    config = Config()
    config.bind = [f"{HOST}:{settings.port}", f"{HOST}:{settings.engine_port}"]
    config.graceful_timeout = 1
    config.keep_alive_timeout = 75
    config.errorlog = logging.getLogger("hypercorn.error")
    return config
