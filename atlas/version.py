"""The version of the program and of the figures that this process shows."""

from __future__ import annotations

import hashlib
from pathlib import Path

from atlas.words import Words
from data.cache import cached
from data.catalogue import catalogue, load_package

RELEASE = "5.0.0"
"""of the program, as CITATION.cff and the changelog have it"""
_ROOT = Path(__file__).resolve().parent.parent
_DRAWN_BY = ("geo", "layers", "atlas", "data")


@cached(most=512)
def content_version() -> str:
    """Twelve hex digits that change when a figure, a word or a layer's code changes."""
    digest = hashlib.sha256(catalogue().content)
    for folder in _DRAWN_BY:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".js", ".css", ".csv", ".po", ".j2"}:
                digest.update(path.relative_to(_ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def edition() -> str:
    """Return the edition of the figures: data version and first digits of its ``data_sha256``."""
    return f"{load_package()['version']}+{catalogue().sha256[:8]}"


def release_year() -> str:
    """Year of the figures, for citing."""
    return str(load_package()["created"])[:4]


def version_text(say: Words) -> str:
    """Program and figures, as every page, file and citation names them: "5.0.0, figures ..."."""
    return say("version.text", release=RELEASE, edition=edition())
