"""Provisioning and deletion of organizations."""
