"""Organizations: the tenants, isolated from one another."""
