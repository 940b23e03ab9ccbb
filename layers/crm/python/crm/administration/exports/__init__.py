"""Exports: files of the records of one type that a caller may see, or of an organization."""
