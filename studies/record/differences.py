"""Says what differs between two recordings."""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import rasterio
from PIL import Image, ImageChops

MASKED = re.compile(
    rb"v=[0-9a-f]{8,}|(?<=\d\+)[0-9a-f]{8}\b|ersi(on|\xc3\xb3n)\W{1,4}[0-9a-f]{12}\b|[0-9a-f]{64}|[0-9a-f]{40}"
    rb"|sha256-[\w+/=]{44}|\d{4}-\d\d-\d\dT[\d:.]+Z?|(?<=1990 \xe2\x80\xa6 )\d{4}-\d\d"
    rb"|/tmp/\S+?/|\b\d+\.\d s\b|(?<=127\.0\.0\.1:)\d+"
)
"""versions, hashes, times, this month, folders, ports: what may differ between two states of one
program"""
_AROUND = 60
"""characters shown before and after the first difference"""


def compare(before: Path, after: Path) -> int:
    """Print every file that differs once versions are masked; the number of them."""
    names = sorted(
        {
            str(path.relative_to(root))
            for root in (before, after)
            for path in root.rglob("*")
            if path.is_file()
        }
    )
    differ: Counter[str] = Counter()
    for name in names:
        old, new = before / name, after / name
        if not (old.exists() and new.exists()):
            difference_text = "only before" if old.exists() else "only after"
        else:
            difference_text = difference(name, old.read_bytes(), new.read_bytes())
        if difference_text:
            differ[str(Path(name).parent)] += 1
            print(f"{name}: {difference_text}")
    for folder, count in sorted(differ.items()):
        print(f"{folder}: {count}", file=sys.stderr)
    print(f"{differ.total()} of {len(names)} differ", file=sys.stderr)
    return differ.total()


def difference(name: str, old: bytes, new: bytes) -> str:
    """What differs between two files of one name, in a line; "" where nothing does."""
    old, new = MASKED.sub(b"#", old), MASKED.sub(b"#", new)
    if old == new:
        return ""
    kind = _KINDS.get(Path(name).suffix, _of_text)
    try:
        return kind(old, new)
    except (OSError, ValueError, sqlite3.Error, zipfile.BadZipFile):
        return f"{_of_text(old, new)} (one of them cannot be opened)"


def _of_text(old: bytes, new: bytes) -> str:
    """The first place that differs, with what stands around it."""
    ends = min(len(old), len(new))
    first = np.frombuffer(old[:ends], np.uint8) != np.frombuffer(new[:ends], np.uint8)
    at = int(first.argmax()) if first.any() else ends
    cut = slice(max(0, at - _AROUND), at + _AROUND)
    shown = [text[cut].decode("utf-8", "replace").replace("\n", "⏎") for text in (old, new)]
    sizes = f"{len(old):,} bytes were, {len(new):,} are; from byte {at:,} on"
    return f"{sizes}\n  - {shown[0]}\n  + {shown[1]}"


def _of_picture(old: bytes, new: bytes) -> str:
    with Image.open(io.BytesIO(old)) as a, Image.open(io.BytesIO(new)) as b:
        if a.size != b.size:
            return f"size {a.size} was, {b.size} is"
        apart = np.asarray(ImageChops.difference(a.convert("RGB"), b.convert("RGB"))).max(axis=2)
    if not apart.any():
        return ""
    rows, columns = np.nonzero(apart)
    box = (columns.min(), rows.min(), columns.max(), rows.max())
    share = 100 * np.count_nonzero(apart) / apart.size
    return f"{share:.2g} % of the pixels, inside {tuple(map(int, box))}, by up to {apart.max()}"


def _of_raster(old: bytes, new: bytes) -> str:
    read = []
    for content in (old, new):
        with rasterio.io.MemoryFile(content) as file, file.open() as raster:
            values = raster.read()
            read.append((raster.profile | {"tags": raster.tags()}, np.nan_to_num(values)))
    (was, left), (is_, right) = read
    if str(was) != str(is_):
        return _of_text(str(was).encode(), str(is_).encode())
    return (
        f"by {np.abs(left - right).max() / left.max():.1e} of the peak"
        if (left != right).any()
        else ""
    )


def _of_paper(old: bytes, new: bytes) -> str:
    """The text of a PDF, else how its pages look."""
    seen = []
    for content in (old, new):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "paper.pdf"
            path.write_bytes(content)
            text = _poppler("pdftotext", "-layout", path, "-")
            _poppler("pdftoppm", "-r", "60", "-png", path, Path(folder) / "page")
            seen.append((text, [page.read_bytes() for page in sorted(Path(folder).glob("*.png"))]))
    (was, pages), (is_, others) = seen
    if was != is_:
        return f"its text: {_of_text(was, is_)}"
    if len(pages) != len(others):
        return f"{len(pages)} pages were, {len(others)} are"
    changes = [_of_picture(*pair) for pair in zip(pages, others, strict=True)]
    return "; ".join(f"page {at}: {change}" for at, change in enumerate(changes, 1) if change)


def _poppler(program: str, *words: object) -> bytes:
    if shutil.which(program) is None:
        raise OSError(f"{program} is not here")
    return subprocess.run([program, *map(str, words)], capture_output=True, check=True).stdout


def _of_archive(old: bytes, new: bytes) -> str:
    """The members of a ZIP or a workbook that differ."""
    members = []
    for content in (old, new):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members.append({name: packed.read(name) for name in packed.namelist()})
    was, is_ = members
    changes = {
        name: difference(name, was.get(name, b""), is_.get(name, b"")) for name in {*was, *is_}
    }
    return "; ".join(f"{name}: {change}" for name, change in sorted(changes.items()) if change)


def _of_database(old: bytes, new: bytes) -> str:
    """What a GeoPackage holds, row by row."""
    dumps = []
    for content in (old, new):
        with sqlite3.connect(":memory:") as base:
            base.deserialize(content)
            dumps.append("\n".join(base.iterdump()).encode())
    return _of_text(*dumps) if dumps[0] != dumps[1] else ""


_KINDS = {
    ".png": _of_picture,
    ".tif": _of_raster,
    ".pdf": _of_paper,
    **dict.fromkeys((".zip", ".xlsx"), _of_archive),
    ".gpkg": _of_database,
}
"""how files of a kind are held against each other; all others are text"""
