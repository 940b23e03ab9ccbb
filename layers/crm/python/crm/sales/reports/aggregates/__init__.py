"""Sums kept from the stream: what boards and reports show without reading the records."""
