"""The check of the catalogue."""
