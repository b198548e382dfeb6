"""The figures and the geography, checked against their catalogue."""
