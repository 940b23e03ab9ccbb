"""Leads: possible customers, and their conversion."""
