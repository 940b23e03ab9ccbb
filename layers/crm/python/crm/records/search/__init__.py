"""Substring search over titles and names, kept from the stream."""
