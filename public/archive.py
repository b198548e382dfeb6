"""Several files as one ZIP whose bytes depend on the files alone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_NO_DATE = (1980, 1, 1, 0, 0, 0)
"""the earliest that the format knows: when a file was packed says nothing about it."""


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """Pack files by their path; the same files give the same bytes.

    Examples
    --------
    >>> zip_bytes({"a": b"1", "b": b"2"}) == zip_bytes({"b": b"2", "a": b"1"})
    True
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _NO_DATE)
            entry.external_attr = 0o644 << 16
            # as on Unix wherever it is packed
            entry.create_system = 3
            archive.writestr(entry, files[path], zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()
