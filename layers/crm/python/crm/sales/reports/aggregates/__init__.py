"""Aggregates: materialized views that the stream updates for boards and reports."""
