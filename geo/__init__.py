"""Analyse arrays and frames; return frozen results or bytes. Opens no file."""
