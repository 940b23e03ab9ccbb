"""Documents of a seeded organization."""

from collections.abc import Iterator

from benchmarks.seeding.sharing import others, teams
from benchmarks.seeding.texts import title
from benchmarks.world import World
from crm.related.documents.schemas import Document

INACTIVE_EVERY = 20


def documents(world: World, size: int) -> Iterator[Document]:
    """Documents of all but the member, who sees a tenth of them."""
    makers = others(world)
    for number in range(size):
        yield Document.create(
            world.organization_id,
            makers[number % len(makers)],
            title=title(number, size),
            status="inactive" if number % INACTIVE_EVERY == INACTIVE_EVERY - 1 else "active",
            shared_with=teams(world, number),
            upload_status="available",
            file_name="report.pdf",
            content_type="application/pdf",
            size=48_000,
            sha256="0" * 64,
            file_version=1,
            file_key=f"files/{world.organization_id}/{number:08d}",
        )
