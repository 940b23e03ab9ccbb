"""Substring search over titles and names; the stream keeps the index up to date."""
