"""The bucket, and files that are written in steps; no feature is known here."""
