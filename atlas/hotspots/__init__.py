"""Focos: areas with more reports than expected, and since when."""
