"""Deploys the working tree as a running stack."""

import asyncio
from contextlib import suppress
from pathlib import Path

import httpx

from local import sam
from local.bridge import Bridge
from local.clients import ClientFactory, clients
from local.files import write_atomically
from local.fingerprint import fingerprint
from local.gateway import SAVE
from local.outputs import Outputs
from local.progress import say, step
from local.settings import Settings
from local.stack import Stack


async def bring_up_to_date(settings: Settings) -> None:
    """Build and deploy, unless the deployed stack was built from the same files."""
    current = fingerprint(settings.parameters)
    deployed = settings.directory / "deployed"
    if await asyncio.to_thread(_is_deployed, settings, deployed, current):
        say("  nothing has changed since the last deployment")
    else:
        if not await asyncio.to_thread(Stack(clients(settings)).exists):
            # The state is new: the demo of an earlier one is deleted with it.
            settings.demo.unlink(missing_ok=True)
        deployed.unlink(missing_ok=True)
        with step("sam build"):
            await sam.build(settings)
        with step("sam deploy"):
            await sam.deploy(settings)
    with step("routes"):
        await asyncio.to_thread(_connect, settings)
    await asyncio.to_thread(_save, settings)
    write_atomically(deployed, current)


def _is_deployed(settings: Settings, deployed: Path, current: str) -> bool:
    same = deployed.exists() and deployed.read_text() == current
    return same and Stack(clients(settings)).exists()


def _connect(settings: Settings) -> None:
    client = clients(settings)
    stack = Stack(client)
    outputs = stack.outputs()
    Bridge(client, outputs["ApiId"], stack.api_body()).connect()
    _verify(client)
    local = {"ApiUrl": f"{settings.api_url}/api", "EngineUrl": settings.engine_url}
    Outputs(settings.outputs).write(outputs | local)


def _verify(client: ClientFactory) -> None:
    """Verify the email sender: on AWS its owner does so, by a link in an email."""
    mail = client("sesv2")
    with suppress(mail.exceptions.AlreadyExistsException):
        mail.create_email_identity(EmailIdentity=sam.SENDER)


def _save(settings: Settings) -> None:
    """Save the state: a deployment marked as done must survive a kill."""
    httpx.post(f"{settings.engine_url}{SAVE}", timeout=60).raise_for_status()
