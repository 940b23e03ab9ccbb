"""The error of an erasure that waits for workers that may still write erased data."""


class NotReadyError(Exception):
    """A worker may not be done yet; the erasure has to try again later."""
