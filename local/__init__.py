"""The local stack: the deployed template on an embedded engine, with its supporting programs."""
