"""The bucket, and files that are written in steps; independent of any feature."""
