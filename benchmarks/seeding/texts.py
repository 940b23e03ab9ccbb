"""The words that seeded records are searched by."""

RARE, COMMON = "budget", "quarterly"
RARE_HITS = 10
COMMON_EVERY = 3


def title(number: int, size: int) -> str:
    """A word that ten have however many there are, one that a third have, and a number."""
    rare = f"{RARE} " if number % (size // RARE_HITS) == 0 else ""
    kind = COMMON if number % COMMON_EVERY == 0 else "ordinary"
    return f"{rare}{kind} paper {number:06d}"
