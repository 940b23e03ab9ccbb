"""Workflow rules: actions that changes of records trigger."""
