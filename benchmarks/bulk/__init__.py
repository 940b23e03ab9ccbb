"""What imports and exports cost, and how quick they are: `python -m benchmarks.bulk`."""
