"""Entities: contacts, organizations and accounts, with their parts and relationships."""
