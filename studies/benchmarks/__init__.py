"""Measurements of speed, beside peers."""
