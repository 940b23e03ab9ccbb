"""Builds and deploys the template to the engine with the tools that deploy it to AWS."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from local import environment
from local.errors import LocalStackError
from local.settings import ROOT, STACK_NAME, Settings

SAM = ROOT / ".venv-sam/bin/sam"

SENDER = "brook@example.com"


async def build(settings: Settings) -> None:
    await _sam(settings, "build", "--build-dir", str(_built(settings)))


async def deploy(settings: Settings) -> None:
    template = _built(settings) / "template.yaml"
    await _sam(
        settings,
        "deploy",
        *("--template-file", str(template)),
        *("--stack-name", STACK_NAME),
        *("--capabilities", "CAPABILITY_IAM"),
        # Webhook receivers run on this machine too, and email does not leave the engine.
        "--parameter-overrides",
        *("CrmWebhookAllowLoopback=true", f"EmailSender={SENDER}", *settings.parameters),
        "--resolve-s3",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--no-progressbar",
    )


def _built(settings: Settings) -> Path:
    return settings.directory / "build"


async def _sam(settings: Settings, *arguments: str) -> None:
    """Run SAM in its own process group, so that Ctrl-C ends all of its processes."""
    if not SAM.exists():
        raise LocalStackError("the SAM CLI is not installed: run `make install`")
    layers = {"LAYER_TARGET": "local", "PYTHON": sys.executable}
    log = settings.directory / f"sam-{arguments[0]}.log"
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            str(SAM),
            *arguments,
            cwd=ROOT,
            env=environment.for_tools(settings) | layers,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            status = await process.wait()
        except asyncio.CancelledError:
            os.killpg(process.pid, signal.SIGTERM)
            await process.wait()
            raise
    if status != 0:
        raise LocalStackError(f"sam {arguments[0]} failed: {_reason(log)} (all of it in {log})")


def _reason(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "rror" in line]
    return (errors or lines or ["it said nothing"])[-1]
