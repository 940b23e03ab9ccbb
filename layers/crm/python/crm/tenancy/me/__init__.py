"""The caller's own page."""
