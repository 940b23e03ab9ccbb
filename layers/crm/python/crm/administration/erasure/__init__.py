"""The right to be forgotten: whole organizations, and single persons."""
