"""Cifras: what other registries published."""
