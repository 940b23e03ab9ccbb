"""History of a record: one row per version, written from the stream."""
