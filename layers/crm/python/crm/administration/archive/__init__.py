"""A whole organization as named pieces of JSON lines, and back into an empty one.

The pieces know nothing of zip files, buckets or jobs: whoever carries them does. `manifest` says
what is in an archive, `dumping` reads it, `restoring` writes it.
"""
