"""The pages of the dashboard: choose, fetch, catch, draw, cite."""
