"""Dumps an organization to named pieces of JSON lines, and restores them into an empty one.

Pieces are independent of zip files, buckets and jobs, which the caller handles. `manifest` defines
the content of an archive, `dump` reads it, `restoration` writes it.
"""
