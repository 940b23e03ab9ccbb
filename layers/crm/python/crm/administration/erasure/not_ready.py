"""What an erasure waits for: whoever may still write of what is erased."""


class TooEarlyError(Exception):
    """Somebody may not be done with something yet; to be looked at again."""
