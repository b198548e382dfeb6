"""Mapa: reports by department, and what lies around."""
