"""The members of an organization, and their roles."""
