import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def lifespan(application: Any) -> AsyncIterator[None]:
    """Start and stop an ASGI application; errors of its start are raised here."""
    inbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    outbox: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    task = asyncio.ensure_future(
        application({"type": "lifespan", "asgi": {"version": "3.0"}}, inbox.get, outbox.put)
    )

    async def tell(message: str) -> None:
        await inbox.put({"type": message})
        answer = asyncio.ensure_future(outbox.get())
        await asyncio.wait({task, answer}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            task.result()

    await tell("lifespan.startup")
    try:
        yield
    finally:
        await tell("lifespan.shutdown")
        await task
