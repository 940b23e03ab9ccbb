"""The local stack: the deployed template on an embedded engine, and what stands around it."""
