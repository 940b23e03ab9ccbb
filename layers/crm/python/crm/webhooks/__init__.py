"""Webhooks: endpoints, and signed deliveries that are retried for about three days."""
