"""Workflow rules: what happens by itself when records change."""
