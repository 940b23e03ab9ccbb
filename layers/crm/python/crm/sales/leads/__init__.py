"""Leads: people who may become customers, and what they become."""
