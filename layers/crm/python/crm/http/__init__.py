"""The HTTP layer: requests, responses, pagination, idempotency keys and errors."""
