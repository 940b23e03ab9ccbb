"""Boards and reports, read from aggregates."""
