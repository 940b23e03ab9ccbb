"""Notifications: messages of rules to the users of an organization, inside the CRM."""
