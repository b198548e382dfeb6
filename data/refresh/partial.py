"""What has arrived of a download, and the mark by which the server knows its version."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import httpx

from data.refresh.errors import RefreshError
from data.refresh.folder import replace_file


class Partial:
    """A file that grows in the folder of downloads, with a note of its validator.

    Parameters
    ----------
    folder : Path
        Folder of downloads.
    address : str
        Where the file comes from; its hash is the name.
    """

    def __init__(self, folder: Path, address: str) -> None:
        stem = hashlib.sha256(address.encode()).hexdigest()[:24]
        self.path = folder / f"{stem}.part"
        """the bytes so far."""
        self._note = folder / f"{stem}.json"

    def headers(self) -> dict[str, str]:
        """Return what to ask for: all, the rest, or nothing if it has not changed."""
        plain = {"Accept-Encoding": "identity", "User-Agent": "atlas-trata-peru"}
        note, size = self._read(), self._size()
        validator = note.get("validator")
        if not validator or not size:
            return plain
        if note.get("is_whole"):
            kind = "If-None-Match" if validator.startswith('"') else "If-Modified-Since"
            return {**plain, kind: validator}
        return {**plain, "Range": f"bytes={size}-", "If-Range": validator}

    def begin(self, answer: httpx.Response) -> tuple[int, int | None]:
        """Return where the answer's bytes belong, and the length of the whole file if it is said.

        Raises
        ------
        RefreshError
            When the server sends another part than asked for.
        """
        length = answer.headers.get("content-length", "")
        if answer.status_code == 206:
            found = re.fullmatch(
                r"bytes (\d+)-\d+/(\d+|\*)", answer.headers.get("content-range", "").strip()
            )
            if not found or int(found[1]) != self._size():
                self.remove()
                raise RefreshError("the server sent another part than asked for; start again")
            return int(found[1]), None if found[2] == "*" else int(found[2])
        # a strong mark only: a weak one does not promise the same bytes (RFC 9110, 8.8.1)
        etag = answer.headers.get("etag", "")
        validator = etag if etag.startswith('"') else answer.headers.get("last-modified", "")
        self.path.unlink(missing_ok=True)
        self._write({"validator": validator, "is_whole": False})
        return 0, int(length) if length.isdigit() else None

    def finish(self, size: int) -> None:
        """Note that the file is whole."""
        self._write({**self._read(), "is_whole": True, "bytes": size})

    def remove(self) -> None:
        """Forget all."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _read(self) -> dict:
        try:
            note = json.loads(self._note.read_bytes())
        except (OSError, ValueError):
            return {}
        if not isinstance(note, dict):
            return {}
        # what is whole must still be as long as it was
        return {} if note.get("is_whole") and note.get("bytes") != self._size() else note

    def _write(self, note: dict) -> None:
        replace_file(self._note, json.dumps(note).encode())
