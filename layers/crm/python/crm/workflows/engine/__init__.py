"""Automation: rules that the stream sets off, each at most once for each change of a record."""
