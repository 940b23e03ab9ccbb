"""Notifications: what rules tell the users of an organization, inside Brook."""
