"""Attachments: documents that hang on records, and are seen by whoever sees the record."""
