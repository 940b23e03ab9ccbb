"""The beginning and the end of an organization."""
