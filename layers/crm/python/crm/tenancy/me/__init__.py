"""The caller's own profile and organizations."""
