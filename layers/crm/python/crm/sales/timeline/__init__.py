"""The timeline: everything that happened on a record, from wherever it is kept."""
