"""Measurements beside the atlas, never imported by it: power study, benchmarks, recorder."""
