"""Descriptions of names with one meaning in all models; a model's own description wins."""

from crm.platform.fields import Input, Query

_ANSWERS = {
    "created_by": "Who made it.",
    "created_on": "When it was made.",
    "document_file": "Where the file is downloaded.",
    "expires_on": "Until when it is good.",
    "updated_by": "Who changed it last: a user id.",
    "updated_on": "When it was changed last.",
    "version": "1 at first, one more with each write.",
}

_FIELDS = {
    "content_type": "Media type, such as `application/pdf`.",
    "default_currency": "ISO 4217.",
    "file_name": "The client's name for the file.",
    "is_active": "Whether it is in use.",
    "sha256": "Checksum in hexadecimal.",
    "shared_with": "Ids of the teams that may see it.",
    "size": "Bytes.",
    "users": "User ids of the people in it.",
}

_PART = (
    "A part of it, three characters or more; fewer are the beginning of a word. "
    "Case and accents do not count."
)

_FILTERS = {
    "assigned_to": "A user id.",
    "created_by": "A user id.",
    "name": _PART,
    "q": _PART,
    "related_to_id": "Goes together with `related_to_type`.",
    "related_to_type": "What kind of record `related_to_id` is.",
    "shared_with": "A team's id.",
    "status": "Only these.",
    "title": _PART,
}

_BOUNDS = {
    "_after": "This moment or later. A date is its first moment in UTC.",
    "_before": "Earlier than this moment. A date is its first moment in UTC.",
}


def meaning(model: type, name: str) -> str | None:
    """Return the description of a name in a model; None if it varies."""
    if not issubclass(model, Query):
        return _FIELDS.get(name) or (None if issubclass(model, Input) else _ANSWERS.get(name))
    for ending, text in _BOUNDS.items():
        if name.endswith(ending):
            return text
    return _FILTERS.get(name)
