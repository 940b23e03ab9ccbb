"""CSV: reading files into bodies of the API, and writing its responses as CSV."""
