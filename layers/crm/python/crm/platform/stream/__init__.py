"""Processing of the records table's stream: each stream record, in order per record."""
