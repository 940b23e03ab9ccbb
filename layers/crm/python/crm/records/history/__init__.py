"""What became of a record: one row per version, kept from the stream."""
