"""Minutes between places over roads and rivers: a network in, a table out."""
