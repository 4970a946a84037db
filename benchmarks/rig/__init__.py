"""What the benchmarks share: places to run in, rounds that take turns, a load of its own process, and the report."""
