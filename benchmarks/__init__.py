"""What each route costs: calls, capacity and time, measured on a local stack of its own."""
