"""How HTTP meets the domain: requests, answers, paging, idempotency and errors, once for all."""
