"""Files that only a refresh can bring: the catalogue ships none, so their cards stand here."""

from __future__ import annotations

from typing import Any

OPTIONAL_RESOURCES: dict[str, dict[str, Any]] = {}
"""Descriptor by name, as datapackage.json would have it without bytes, hash, row_count, path,
accessed and sources, which come with the file."""
