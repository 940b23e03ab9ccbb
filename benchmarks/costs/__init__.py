"""What Brook costs: measured, kept in `counts.json`, and written down in `docs/cost.md`."""
