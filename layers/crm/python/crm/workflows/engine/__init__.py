"""The engine: stream records trigger rules, each at most once per change of a record."""
