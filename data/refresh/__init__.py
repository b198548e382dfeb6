"""Bringing the figures up to date: the folder of refreshed files, the readers."""
