"""Mis datos: an organisation's own records."""
