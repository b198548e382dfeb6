"""The content security policy of a page whose styles and scripts are all inside it."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser


class _Inline(HTMLParser):
    """Collects what stands between the tags of style and script, as the browser hashes it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: dict[str, list[str]] = {"style": [], "script": []}
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a collection at a style or a script."""
        if tag in self.found:
            self._inside = tag
            self.found[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        """Keep the text as it stands."""
        if self._inside:
            self.found[self._inside][-1] += data


def page_policy(page: bytes, *, frame_ancestors: str | None = None) -> str:
    """Return the policy that lets a page run what it holds, and fetch nothing.

    Parameters
    ----------
    page : bytes
        The HTML; every inline ``style`` and ``script`` is allowed by its SHA-256.
    frame_ancestors : str, optional
        Who may frame the page, e.g. ``"*"``. A browser reads it in a header only, so the copy in
        the page itself leaves it out.

    References
    ----------
    W3C, Content Security Policy Level 3, section 2.3.1 (hash sources).

    Examples
    --------
    >>> page_policy(b"<style>a{}</style>").split("; ")[1]
    "style-src 'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='"
    """
    parser = _Inline()
    parser.feed(page.decode("utf-8"))
    parser.close()
    rules = ["default-src 'none'"]
    for name in ("style", "script"):
        hashes = [
            base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()
            for text in parser.found[name]
        ]
        allowed = " ".join(f"'sha256-{value}'" for value in dict.fromkeys(hashes))
        rules.append(f"{name}-src {allowed or chr(39) + 'none' + chr(39)}")
    rules += ["img-src data:", "base-uri 'none'", "form-action 'none'"]
    if frame_ancestors is not None:
        rules.append(f"frame-ancestors {frame_ancestors}")
    return "; ".join(rules)
