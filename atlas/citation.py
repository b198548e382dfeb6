"""How anything that the atlas shows is cited: as text and as BibTeX."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from urllib.parse import urlsplit, urlunsplit

from babel.dates import format_date

from atlas.settings import is_loopback
from atlas.version import release_year, version_text
from atlas.words import Words

PUBLISHER = "Atlas Trata Perú"
_TEX = re.compile(r"([&%#_$])")


def cite_text(
    title: str, source: str, say: Words, *, link: str = "", made: date | None = None
) -> str:
    """Name, year, title, version, link and the day it was opened where known, primary source."""
    parts = [
        say("cite.text", year=release_year(), title=title, version=version_text(say)),
        *_view(link, say),
        say("cite.day", date=format_date(made, "long", locale=say.lang)) if made else "",
        say("cite.source", source=source),
    ]
    return " ".join(filter(None, parts))


def bibtex(title: str, source: str, say: Words, *, link: str = "", made: date | None = None) -> str:
    """The same as an entry of BibTeX; only a link with its host is an address."""
    name = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    key = "-".join(["atlas-trata-peru", *re.findall(r"[a-z0-9]+", name)])[:64].rstrip("-")
    fields = {
        "author": f"{{{PUBLISHER}}}",
        "title": f"{{{_escaped(title)}}}",
        "year": release_year(),
        "version": version_text(say),
        "url": link if "://" in link else "",
        "urldate": made.isoformat() if made else "",
        "note": _escaped(
            " ".join(
                [*([] if "://" in link else _view(link, say)), say("cite.source", source=source)]
            )
        ),
    }
    lines = (f"  {field} = {{{text}}}," for field, text in fields.items() if text)
    return "\n".join([f"@misc{{{key},", *lines, "}\n"])


def _escaped(text: str) -> str:
    return _TEX.sub(r"\\\1", text)


def elsewhere(link: str) -> str:
    """A link as others can use it: without its server where that is this computer."""
    parts = urlsplit(link)
    if not is_loopback(parts.hostname):
        return link
    return urlunsplit(parts._replace(scheme="", netloc=""))


def opened_by(link: str, say: Words) -> str:
    """The link, or in words how to open one that names no server."""
    return link if "://" in link else say("cite.open", link=link)


def _view(link: str, say: Words) -> list[str]:
    if not link:
        return []
    return [say("cite.link", link=link) if "://" in link else f"{opened_by(link, say)}."]
