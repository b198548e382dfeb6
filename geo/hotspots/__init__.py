"""Clusters, scan, neighbours, and maps of equal risk."""
