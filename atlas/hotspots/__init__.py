"""Focos: what is more than expected, where and since when."""
