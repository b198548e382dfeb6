"""Método y fuentes."""
