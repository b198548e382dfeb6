"""Where private files may be written, own records and outreach sites: nowhere that is published."""

from __future__ import annotations

from pathlib import Path

from geo.errors import DisclosureError

PUBLIC_NAMES = frozenset(
    {
        "_site",
        "cdn",
        "dist",
        "gh-pages",
        "htdocs",
        "html",
        "httpdocs",
        "public",
        "public_html",
        "publica",
        "publico",
        "pública",
        "público",
        "site",
        "sitio",
        "static",
        "web",
        "webroot",
        "www",
        "wwwroot",
    }
)
"""Folders that web servers and publishers serve, by the names they go by."""
PUBLIC_FILES = ("index.html", "index.htm", "public.json", "oembed.json")
"""Files that make a folder a web page's, whatever it is called."""


OWN_RECORDS = "what is made of your own records"
OUTREACH_SITES = "a plan of outreach sites"


def require_private(out: Path, *, what: str = OWN_RECORDS, own_folder: bool = False) -> None:
    """Raise DisclosureError if a file at this path could be published by mistake.

    Every folder above the file is looked at, links followed: its name, and whether it holds a web
    page. The program's own folder is served in part, so nothing is written into it either.

    Parameters
    ----------
    out : Path
        The file to be written; it need not exist.
    what : str
        What the file is, for the message.
    own_folder : bool
        Whether the program's own folder will do (its published subfolders never do).

    Examples
    --------
    >>> require_private(Path("/home/planner/records/density.tif"))
    >>> require_private(Path("/home/planner/site/density.tif"))
    Traceback (most recent call last):
    geo.errors.DisclosureError: --out lies under 'site', which is published: ...
    """
    path = out.resolve()
    for folder in path.parents:
        if folder.name.casefold() in PUBLIC_NAMES:
            raise DisclosureError(
                f"--out lies under {folder.name!r}, which is published: {what} is written to a "
                "folder that nobody serves; choose another"
            )
        page = next((name for name in PUBLIC_FILES if (folder / name).is_file()), None)
        if page:
            raise DisclosureError(
                f"--out lies under a folder with {page}, a published one: {what} is written to "
                "a folder that nobody serves; choose another"
            )
    if not own_folder and Path(__file__).resolve().parents[1] in path.parents:
        raise DisclosureError(
            f"--out lies in the program's own folder, which is served in part: {what} is written "
            "outside it; choose another folder"
        )
