"""Erasures: forgetting one person, as somebody asks for it."""
