"""Collect what a workbook of zones says outside its cells.

These are comments, number formats with words, page headers, drawings, names, properties, and parts
that no reader knows.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any
from xml.parsers import expat

from data.readers.beside import Beside, beside_members, says_length
from geo.errors import UserError

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
_SILENT = re.compile(
    r"\[Content_Types\]\.xml|xl/metadata\.xml"
    r"|xl/printerSettings/[\w.]+\.bin|docProps/thumbnail\.\w+|xl/persons/person\d*\.xml"
)
"""parts that draw, order or print the others"""
_SAID = frozenset(
    {"prompt", "promptTitle", "error", "errorTitle", "tooltip", "display", "location", "descr"}
    | {"title", "altText", "altTextSummary", "totalsRowLabel", "comment", "description", "help"}
    | {"statusBar", "customMenu"}
)
"""attributes that are written for somebody to read"""
_PLACED = frozenset(
    {"col", "colOff", "row", "rowOff", "Anchor", "Row", "Column", "sqref", "authors"}
)
_OF_PROGRAMS = frozenset(
    {"Application", "DocSecurity", "ScaleCrop", "LinksUpToDate", "SharedDoc", "HyperlinksChanged"}
    | {"AppVersion", "created", "modified", "lastPrinted", "revision", "TotalTime", "Template"}
    | {"lpstr", "i4", "version", "language", "author"}
)
_OF_PEOPLE = frozenset({"creator", "lastModifiedBy", "Company", "Manager", *_OF_PROGRAMS})
"""properties that programs fill in: they are told only where they say a length"""
_HIDDEN_NAMES = ("_xlnm.Print_Area", "_xlnm._FilterDatabase", "_xlnm.Print_Titles")
_SECTION = re.compile(r";(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)")
_LEFT_OUT = re.compile(
    r"\[(?:\$-[^\]]*|[<>=]+[-\d.]+|black|blue|cyan|green|magenta|red|white|yellow|color ?\d+)\]"
    r"|\\[ ,./()-]|_.|\*.|\"[ ,./()-]*\"|\"de(?:l)?\"|AM/PM|A/P",
    re.IGNORECASE,
)
_PLAIN_FORMAT = re.compile(
    r"(?:General|@|[-+(]*(?:[#0?]+(?:,[#0?]+)*)?(?:\.[#0?]*)?(?:E[-+][#0?]+)?[-+)]*"
    r"|[ymdhs/:., -]+|)\s*",
    re.IGNORECASE,
)
_PERCENT_FORMATS = {9: "0%", 10: "0.00%"}
_LITERAL = re.compile(r"\"([^\"]*)\"")


def beside_cells(content: bytes) -> Beside:
    """Collect a workbook's texts outside the values of cells, by part and element."""
    beside = Beside()
    formats: dict[int, str] = dict(_PERCENT_FORMATS)
    styles: list[int] = []
    shown: set[int] = set()
    strings: list[str] = []
    used: set[int] = set()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            beside_members(content, archive, beside)
            for member in members:
                name, inside = member.filename, archive.read(member)
                if _SILENT.fullmatch(name) or not inside:
                    continue
                if name == "xl/styles.xml":
                    _read_styles(inside, formats, styles, beside)
                elif name == "xl/sharedStrings.xml":
                    _read_strings(inside, strings)
                elif name.endswith((".xml", ".rels", ".vml")):
                    _Part(name, beside, shown, used).read(inside)
                else:
                    beside.add(name, f"{len(inside):,} bytes")
    except expat.ExpatError:
        raise UserError("records.refusal.workbook_damaged") from None
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError):
        raise UserError("records.refusal.zip_damaged") from None
    for code in dict.fromkeys(
        formats.get(styles[at], "") for at in sorted(shown) if at < len(styles)
    ):
        if not is_plain_format(code):
            beside.add("numFmt", code)
    for at, text in enumerate(strings):
        if at not in used and text.strip():
            beside.add("sharedStrings", text)
    return beside


def is_plain_format(code: str) -> bool:
    """Whether a number format adds no word or unit, and changes no value: no percent, no thousands.

    Examples
    --------
    >>> [is_plain_format(code) for code in ("0.00", "#,##0.0", "dd/mm/yyyy", '0" mi"', "0,", "0%")]
    [True, True, True, False, False, False]
    """
    return all(
        _PLAIN_FORMAT.fullmatch(_LEFT_OUT.sub("", section)) for section in _SECTION.split(code)
    )


def _parser(start: Callable[..., Any], end: Callable[..., Any], text: Callable[..., Any]) -> Any:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    return parser


def _read_styles(
    content: bytes, formats: dict[int, str], styles: list[int], beside: Beside
) -> None:
    """Formats by their number, and the number of each style of cells."""
    inside: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        inside.append(name.rpartition(" ")[2])
        if inside[-1] == "numFmt" and attributes.get("numFmtId", "").isdigit():
            formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif inside[-1] == "cellStyle" and says_length(attributes.get("name", "")):
            beside.add("cellStyle", attributes["name"])
        elif inside[-2:] == ["cellXfs", "xf"]:
            number = attributes.get("numFmtId", "0")
            styles.append(int(number) if number.isdigit() else 0)

    _parser(start, lambda _: inside.pop(), lambda _: None).Parse(content, True)


def _read_strings(content: bytes, strings: list[str]) -> None:
    def start(name: str, _: dict[str, str]) -> None:
        if name == f"{_MAIN}si":
            strings.append("")

    def text(part: str) -> None:
        if strings:
            strings[-1] += part

    _parser(start, lambda _: None, text).Parse(content, True)


class _Part:
    """One part of a workbook, walked once."""

    def __init__(self, name: str, beside: Beside, shown: set[int], used: set[int]) -> None:
        self.name, self.beside, self.shown, self.used = name, beside, shown, used
        self.short = PurePosixPath(name).name.removesuffix(".xml")
        self.path: list[str] = []
        self.cell: dict[str, str] = {}
        self.is_in_cells = False

    def read(self, content: bytes) -> None:
        """Walk the part and add its texts."""
        parser = _parser(self.start, self.end, self.text)
        parser.CommentHandler = lambda text: self.add("<!-- -->", text)
        parser.ProcessingInstructionHandler = lambda target, text: self.add(
            "<? ?>", "" if target.startswith("mso-") else f"{target} {text}"
        )
        parser.Parse(content, True)

    def add(self, where: str, text: str) -> None:
        """Add a text that is not empty."""
        if text.strip():
            self.beside.add(f"{self.short}.{where}", text)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        element = name.rpartition(" ")[2]
        self.path.append(element)
        if name == f"{_MAIN}sheetData":
            self.is_in_cells = True
        if self.is_in_cells:
            if name == f"{_MAIN}c":
                self.cell = attributes
                style = attributes.get("s", "0")
                self.shown.add(int(style) if style.isdigit() else 0)
            return
        if self.name.endswith(".rels"):
            if attributes.get("TargetMode") == "External":
                self.add("link", attributes.get("Target", ""))
            return
        if name == f"{_MAIN}sheet":
            self.beside.add("sheet", attributes.get("name", ""))
        for key, value in attributes.items():
            if key.rpartition(" ")[2] in _SAID or says_length(value):
                self.add(f"{element}@{key.rpartition(' ')[2]}", value)
        if name == f"{_MAIN}definedName" and attributes.get("name") not in _HIDDEN_NAMES:
            self.add("definedName", attributes.get("name", ""))

    def end(self, name: str) -> None:
        self.path.pop()
        if name == f"{_MAIN}sheetData":
            self.is_in_cells = False

    def text(self, text: str) -> None:
        element = self.path[-1] if self.path else ""
        if not text.strip() or (self.path and self.path[-1] in _PLACED):
            return
        if self.is_in_cells:
            if element == "v" and self.cell.get("t") == "s" and text.strip().isdigit():
                self.used.add(int(text))
            elif element == "f":
                for literal in _LITERAL.findall(text):
                    self.add("f", literal)
            elif element not in ("v", "t"):
                self.add(element, text)
            return
        if element in _OF_PEOPLE and self.name.startswith(("docProps/", "xl/comments")):
            if says_length(text):
                self.add(element, text)
            return
        is_of_print = element == "definedName" and "!" in text
        is_of_rules = element in ("formula", "formula1", "formula2") and not _LITERAL.search(text)
        if not (is_of_print or is_of_rules):
            self.add(element, text)
