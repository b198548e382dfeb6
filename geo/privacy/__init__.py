"""Decide which data may leave: gate, small counts, support, public outlet."""
