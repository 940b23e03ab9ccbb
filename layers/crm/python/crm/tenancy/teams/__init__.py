"""Teams: groups of users with whom records can be shared."""
