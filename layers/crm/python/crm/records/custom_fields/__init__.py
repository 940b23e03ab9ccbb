"""Custom fields: what an organization adds to its records."""
