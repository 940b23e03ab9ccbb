"""The timeline: all events of a record, from several sources."""
