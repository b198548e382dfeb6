"""What may leave: the gate, small counts, support, the public outlet."""
