"""Newer official figures."""
