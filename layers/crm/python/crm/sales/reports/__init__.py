"""Reports: what sums say of months, moves and days."""
