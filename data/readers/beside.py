"""Collect, by name, what a file of zones holds besides the columns and shapes that are read.

A reader of zones passes it on. It drops only what is known, by its value, to draw a map or to
belong to the format.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from zipfile import ZipFile

from data.readers import limits

WHOLE_FILE = -1
"""in place of a row: what is said of the file as a whole"""
MOST_NAMES = 1_000
"""Names that are told apart; what comes after them is put under one."""
OTHERS = "…"


class Beside(dict[str, list[tuple[int, str]]]):
    """Texts of a file by name, each with the position of its row."""

    def add(self, name: str, text: object, row: int = WHOLE_FILE) -> None:
        """Add a text; one that is empty leaves its name, which may say something too."""
        plain = " ".join(str(text).split())[: limits.CELL_CHARACTERS]
        name = " ".join(name.split())[: limits.CELL_CHARACTERS]
        cells = self.setdefault(name if name in self or len(self) < MOST_NAMES else OTHERS, [])
        if name not in self:
            plain = f"{name} {plain}".strip()
        if plain:
            cells.append((row, plain))

    def add_value(self, name: str, value: Any, row: int = WHOLE_FILE) -> None:
        """Add a value of JSON, each of its leaves by its path."""
        for path, leaf in leaves(value, name):
            self.add(path, leaf, row)


def leaves(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield the leaves of a JSON value with their paths; items have the path of their list."""
    waiting = [(name, value)]
    while waiting:
        path, inner = waiting.pop()
        if isinstance(inner, dict):
            waiting += [(f"{path}.{key}", each) for key, each in reversed(inner.items())]
        elif isinstance(inner, list):
            waiting += [(path, each) for each in reversed(inner)]
        if inner in (None, "", {}, []):
            yield path, ""
        elif not isinstance(inner, dict | list):
            yield path, str(inner).lower() if isinstance(inner, bool) else str(inner)


_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_MARKUP = re.compile(
    rb"<(?:\w+:)?(?:kml|coordinates|svg|gml|html)[\s>/]|\"coordinates\"|PK\x03\x04"
)


def is_picture(content: bytes) -> bool:
    """Whether bytes are a picture by their beginning, with no shapes as text and no zip in them."""
    is_webp = content.startswith(b"RIFF") and content[8:12] == b"WEBP"
    return (is_webp or content.startswith(_PICTURES)) and not _MARKUP.search(content)


_ENTRY, _DIRECTORY, _END = 30, 46, 22
"""bytes before the names in a zip: of a member, of its entry in the directory, of the end"""
_DESCRIPTOR = 24
"""bytes that may follow a member with its sizes"""


def beside_members(content: bytes, archive: ZipFile, beside: Beside) -> None:
    """Add a zip's member names, comments, and bytes between members: they may hide one."""
    expected = 0
    members = sorted(archive.infolist(), key=lambda member: member.header_offset)
    for member in members:
        beside.add(member.filename, "")
        beside.add("zip", member.comment.decode("utf-8", "replace"))
        at = member.header_offset
        if not expected <= at <= expected + _DESCRIPTOR:
            beside.add("zip", f"{abs(at - expected):,} bytes")
        names = int.from_bytes(content[at + 26 : at + 28], "little")
        extra = int.from_bytes(content[at + 28 : at + 30], "little")
        expected = at + _ENTRY + names + extra + member.compress_size
    beside.add("zip", archive.comment.decode("utf-8", "replace"))
    ends = content.rfind(b"PK\x05\x06") + _END + len(archive.comment)
    if archive.start_dir - expected > _DESCRIPTOR or ends != len(content):
        beside.add("zip", f"{len(content):,} bytes")
    if not beside["zip"]:
        del beside["zip"]


def is_text(content: bytes) -> bool:
    """Return whether bytes are readable text."""
    try:
        return content.decode("ascii").replace("\r", "").replace("\n", "").isprintable()
    except UnicodeDecodeError:
        return False


_TEXT_NODE = re.compile(r">([^<>]+)<")
_ATTRIBUTE = re.compile(r"[\w:.-]+\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_COMMENT = re.compile(r"<!--(.*?)-->|<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_SYSTEM = re.compile(r"<(crs|spatialrefsys|srs)\b.*?</\1>", re.DOTALL)
_REACHES = re.compile(
    r"\d\s*(?:km|m|mts?|metros?|meters?|kilomet\w+|millas?|mi|miles|ft|ha|hect\w+|h|horas?|hours?)\b"
    r"|\b(?:buffer|radio|radius|alcance)\b",
    re.IGNORECASE,
)


def markup_texts(content: bytes) -> Iterable[str]:
    """Yield text, comments and length attributes of a style or of XML metadata beside a layer.

    Its coordinate system is left out. Nothing is parsed: malformed markup counts as text.
    """
    text = _SYSTEM.sub("", _decoded(content))
    for comment in _COMMENT.finditer(text):
        yield comment[1] or comment[2] or ""
    text = _COMMENT.sub("", text)
    yield from (node for node in _TEXT_NODE.findall(text) if node.strip())
    for double, single in _ATTRIBUTE.findall(text):
        if _REACHES.search(double or single):
            yield double or single


def text_lines(content: bytes) -> Iterable[str]:
    """Lines of a note that are not empty."""
    return filter(None, map(str.strip, _decoded(content).splitlines()))


def _decoded(content: bytes) -> str:
    mark = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    return content.decode("utf-16" if mark else "utf-8", "replace").replace("\x00", "")


_ADDRESS = re.compile(r"(?:https?://)?[\w.~:/?#@!$&'()*+,;=%-]{1,300}", re.ASCII)
_IDENTIFIER = re.compile(r"[\w.:{}/-]{1,120}")


def is_address(text: str) -> bool:
    """Return whether a text is the address of a picture and states no length."""
    return bool(_ADDRESS.fullmatch(text)) and not says_length(text)


def is_identifier(text: str) -> bool:
    """Whether a text is one word that names a thing in a file and says no length."""
    return bool(_IDENTIFIER.fullmatch(text)) and not says_length(text)


def says_length(text: str) -> bool:
    """Whether a text has a number with a unit of length, area or time, or speaks of a reach."""
    return _REACHES.search(text.replace("_", " ")) is not None
