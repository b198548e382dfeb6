"""A zip is judged from its directory, before one byte of it is unpacked."""

from __future__ import annotations

import stat
from pathlib import PurePosixPath
from zipfile import ZipInfo

from records.limits import UNPACKED_BYTES, WORKBOOK_MEMBERS, ZIP_MEMBERS, ZIP_RATIO
from records.refusal import Refusal

_PACKED = (".zip", ".gz", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz", ".kmz", ".jar", ".zst")
_ENCRYPTED = 0x1
_LARGE = 1 << 20
"""Small members of repeated text pack better than any ratio and harm nobody."""


def require_safe_zip(members: list[ZipInfo], *, is_workbook: bool) -> None:
    """Refuse bombs, ways out of the folder, links, zips in zips, passwords.

    Raises
    ------
    Refusal
        "zip_bomb" or "zip_unsafe".
    """
    if len(members) > (WORKBOOK_MEMBERS if is_workbook else ZIP_MEMBERS):
        raise Refusal("zip_bomb")
    if sum(member.file_size for member in members) > UNPACKED_BYTES:
        raise Refusal("zip_bomb")
    seen: set[str] = set()
    for member in members:
        packed = max(1, member.compress_size)
        if member.file_size > _LARGE and member.file_size / packed > ZIP_RATIO:
            raise Refusal("zip_bomb")
        name = member.filename
        path = PurePosixPath(name.replace("\\", "/"))
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        is_outside = path.is_absolute() or ".." in path.parts or ":" in name or "\x00" in name
        if is_link or is_outside or name in seen or member.flag_bits & _ENCRYPTED:
            raise Refusal("zip_unsafe")
        if name.lower().endswith(_PACKED):
            raise Refusal("zip_unsafe")
        seen.add(name)
