"""Organizations: each one a world of its own."""
