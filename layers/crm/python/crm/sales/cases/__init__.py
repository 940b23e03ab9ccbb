"""Cases: what customers ask, and what went wrong for them."""
