"""HTML of pages and files, by Jinja2: every value is escaped, a missing one is an error."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from atlas.words import Words

_TEMPLATES = Path(__file__).resolve().parent / "templates"
TERM_STYLE = (_TEMPLATES / "term.css").read_text(encoding="utf-8")
"""of a term that opens what it means (templates/term.html.j2), for every page that has one."""
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,  # a look at the file with every use; as with modules, a change needs a start
)


def render(template: str, say: Words, **values: Any) -> Markup:
    """Return the HTML of a template of templates/; in another template it is not escaped again."""
    text = _ENVIRONMENT.get_template(f"{template}.html.j2").render(say=say, **values)
    return Markup(text)


def inline_policy(page: bytes, *, frame_ancestors: str | None = None) -> str:
    """Return the content security policy of a page that runs what it holds and fetches nothing."""
    elements = re.findall(r"<(style|script)\b[^>]*>(.*?)</\1>", page.decode("utf-8"), re.DOTALL)
    rules = ["default-src 'none'"]
    for name in ("style", "script"):
        # a browser hashes the text between the tags as it stands
        digests = [hashlib.sha256(text.encode()).digest() for tag, text in elements if tag == name]
        hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
        rules.append(" ".join([f"{name}-src", *(dict.fromkeys(hashes) or ["'none'"])]))
    rules += ["img-src data:", "base-uri 'none'", "form-action 'none'"]
    if frame_ancestors is not None:
        rules.append(f"frame-ancestors {frame_ancestors}")
    return "; ".join(rules)
