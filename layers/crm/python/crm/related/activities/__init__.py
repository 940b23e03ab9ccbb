"""Activities: tasks, events, emails, notes and calls, alone or about a record."""
