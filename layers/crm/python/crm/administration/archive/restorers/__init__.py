"""Conditions and child items of records that are restored from an archive: a module per kind."""
