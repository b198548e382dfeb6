"""Decide where a command may write: over no input, and in no published folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from atlas.words import Words, words
from data.names import normalise_name
from geo.errors import DisclosureError, UserError

OUTPUTS = frozenset(("out", "reach", "write_mapping", "left_out", "areas_out"))
"""parameters of all commands that name what is written; each other one may name what is read"""
_ENDINGS = "csv|xlsx|json|geojson|gpx|html|png|svg|pdf|zip|plan.zip|tif|tiff|gpkg"
_ENDING_ALONE = re.compile(rf"\.(?:{_ENDINGS})", re.IGNORECASE)


def require_apart(params: Mapping[str, Any], flags: Mapping[str, str]) -> None:
    """Refuse an output that is an input, the data folder in use or another output.

    Names and links do not matter: files are compared. Also refuse a name that is only an ending,
    and a link that leads to itself. ``flags`` are the names of the parameters as they are typed.
    """
    outputs = {name: Path(path) for name, path in params.items() if name in OUTPUTS and path}
    for name, out in outputs.items():
        values = {"option": flags[name], "file": out}
        if _ENDING_ALONE.fullmatch(out.name):
            raise UserError("command.fault.no_name", **values)
        if os.path.islink(os.path.realpath(out)):
            raise UserError("command.fault.link_loop", **values)
        for other, path in _inputs(params):
            if _is_same(out, path):
                raise UserError("command.fault.same_file", **values, other=flags[other])
            if out.is_dir() and _lies_in(path, out):
                raise UserError("command.fault.holds_input", **values, other=flags[other])
        if out.is_file() and _lies_in(out, _data_folder()):
            raise UserError("command.fault.data_file", **values)
    for (name, out), (other, path) in combinations(outputs.items(), 2):
        folded = {os.path.realpath(each).casefold() for each in (out, path)}
        if len(folded) == 1 or _is_same(out, path):
            raise UserError(
                "command.fault.same_file", option=flags[name], file=out, other=flags[other]
            )


def _inputs(params: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Files and folders that parameters may name as something to read."""
    for name, value in params.items():
        if name in OUTPUTS:
            continue
        for each in value if isinstance(value, list | tuple) else (value,):
            if isinstance(each, Path) or (isinstance(each, str) and each and "\0" not in each):
                yield name, Path(each)


def _is_same(path: Path, other: Path) -> bool:
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):  # one of them is not there, or no path at all
        return False


def _lies_in(path: Path, folder: Path) -> bool:
    return (
        os.path.exists(path)
        and Path(os.path.realpath(folder)) in Path(os.path.realpath(path)).parents
    )


def _data_folder() -> Path:
    from data.catalogue import open_catalogue

    return open_catalogue().folder


_PAGE_ENDINGS = ("html", "htm", "xhtml", "xht", "shtml", "php", "asp", "aspx", "jsp", "cgi", "md")
PUBLIC_NAMES = frozenset(
    (
        *("_site", "cdn", "dist", "gh-pages", "htdocs", "html", "httpdocs", "public"),
        *("public_html", "publica", "publico", "site", "sitio", "static", "web", "webroot"),
        *("www", "wwwroot"),
    )
)
"""Folders that web servers and publishers serve, by the names they go by."""
PUBLIC_FILES = frozenset(
    (
        *(f"{name}.{ending}" for name in ("index", "default", "home") for ending in _PAGE_ENDINGS),
        *("public.json", "oembed.json", "cname", ".nojekyll", "_config.yml", "_config.yaml"),
        *("netlify.toml", "mkdocs.yml", "mkdocs.yaml", "hugo.toml", ".htaccess"),
    )
)
"""Files that make a folder a web page's, whatever it is called; in small letters."""


def _folded(name: str) -> str:
    """A name without capitals, accents and the signs between its words."""
    return normalise_name(name).replace(" ", "")


_FOLDED = frozenset(map(_folded, PUBLIC_NAMES))


def require_private(
    out: Path,
    say: Words | None = None,
    *,
    what: str = "records",
    own_folder: bool = False,
    option: str = "--out",
) -> None:
    """Raise DisclosureError if a file at this path could be published by mistake.

    Every folder above the file is looked at, links followed: its name, and whether it holds a web
    page or the settings of a publisher. The program's own folder is served in part, so it will do
    only with ``own_folder``, and its published subfolders never do. ``what`` the file is (records,
    plan, times, areas) and the ``option`` that names it stand in the message.
    """
    path, say = Path(os.path.realpath(out)), say or words("en")
    values = {"option": option, "what": say(f"command.private.{what}")}
    for folder in path.parents:
        if _folded(folder.name) in _FOLDED:
            raise DisclosureError(say("command.private.name", name=repr(folder.name), **values))
        page = next((name for name in _names_in(folder) if name.casefold() in PUBLIC_FILES), None)
        if page:
            raise DisclosureError(say("command.private.page", page=page, **values))
    if not own_folder and Path(__file__).resolve().parents[1] in path.parents:
        raise DisclosureError(say("command.private.own_folder", **values))


def _names_in(folder: Path) -> Iterable[str]:
    try:
        return sorted(entry.name for entry in os.scandir(folder) if entry.is_file())
    except OSError:  # not there yet, or not ours to look into
        return ()
