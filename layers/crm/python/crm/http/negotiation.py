"""Content negotiation: the media type of a response (RFC 9110, 12.5.1). Pure."""

import re

_QUALITY = re.compile(r"(0(\.[0-9]{0,3})?|1(\.0{0,3})?)")


def prefers(accept: str | None, other: str, default: str) -> bool:
    """Return whether a client prefers another media type to the default one.

    Args:
        accept: the `Accept` header; None if it is absent.
        other: the media type that is sent on request only.
        default: the media type that is sent otherwise, whatever the client accepts.
    """
    qualities = _qualities(accept or "*/*")
    return _quality(qualities, other) > _quality(qualities, default)


def _quality(qualities: dict[str, float], media_type: str) -> float:
    """Return the quality of a media type, by the most specific range that matches it."""
    family = media_type.partition("/")[0]
    for media_range in (media_type, f"{family}/*", "*/*"):
        if media_range in qualities:
            return qualities[media_range]
    return 0.0


def _qualities(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for element in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in element.split(";"))
        weights = [one.removeprefix("q=") for one in parameters if one.startswith("q=")]
        if media_range and all(_QUALITY.fullmatch(weight) for weight in weights):
            found[media_range] = float(weights[0]) if weights else 1.0
    return found
