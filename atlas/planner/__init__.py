"""Planificador: where to send outreach teams."""
