"""The modelled density of a period, and of points of one's own."""
