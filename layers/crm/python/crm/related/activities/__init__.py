"""Activities: tasks, events, emails, notes and calls, by themselves or on a record."""
