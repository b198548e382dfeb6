"""Figures of a view, through the gate, computed once; no screen."""
