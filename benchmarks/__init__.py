"""Measurements, never tests: each prints a table with medians; docs/benchmarks.md keeps them."""
