"""Custom fields: fields that an organization adds to its records."""
