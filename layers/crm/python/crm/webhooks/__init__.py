"""Webhooks: endpoints, and what is sent to them, signed, until it arrives or days are over."""
