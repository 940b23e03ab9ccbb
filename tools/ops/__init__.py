"""Operator commands for a running stack, local or on AWS: recount, redrive, rescue, users."""
