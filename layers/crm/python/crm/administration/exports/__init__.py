"""Exports: what somebody may see of a kind of records, as a file."""
