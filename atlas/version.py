"""A short name for what this process shows: the data's hash and the code that draws it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from data.catalogue import catalogue, once

RELEASE = "3.0.0"
"""of the program, as CITATION.cff and the changelog have it"""
_ROOT = Path(__file__).resolve().parent.parent
_DRAWN_BY = ("geo", "layers", "atlas", "data")


@once
def content_version() -> str:
    """Twelve hex digits that change when a figure, a word or a layer's code changes."""
    digest = hashlib.sha256(catalogue().content)
    for folder in _DRAWN_BY:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".js", ".css", ".csv", ".po", ".j2"}:
                digest.update(path.relative_to(_ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
