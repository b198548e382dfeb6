"""What a refresh refuses, said in one line; whatever it refuses, the old figures stay."""

from __future__ import annotations

from geo.errors import GeoError


class RefreshError(GeoError):
    """A source, a download or a write that is refused; nothing was changed."""
