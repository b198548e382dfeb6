"""Text that may come from anyone, made harmless for HTML, for attributes and for scripts.

Folium writes tooltips into JavaScript template literals, where ``html.escape`` does not help:
``${...}`` would still run. Entities for every character that means something to HTML or to
JavaScript survive both languages and show as the text they stand for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

_ENTITIES = {ord(character): f"&#{ord(character)};" for character in "&<>\"'`${}\\"}
_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "'": "\\u0027", "`": "\\u0060"}


def safe(text: object, limit: int = 300) -> str:
    r"""Return ``text`` as entities, without unprintable characters, cut to ``limit`` characters.

    The result holds none of ``< > " ' ` $ { } \`` and no ``&`` but that of its own entities: it
    must not be passed through a second time.

    >>> safe("<b>${1}")
    '&#60;b&#62;&#36;&#123;1&#125;'
    """
    # Python calls the no-break space unprintable; Spanish writes "50 %" with it
    spaced = str(text).replace("\N{NO-BREAK SPACE}", " ")
    printable = "".join(character for character in spaced if character.isprintable())
    return printable[:limit].translate(_ENTITIES)


def script_json(value: Any) -> str:
    """Return JSON that cannot end its ``<script>`` tag."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    for character, escape in _SCRIPT.items():
        text = text.replace(character, escape)
    return text.replace("${", "\\u0024{")


def tooltip(title: str, lines: Iterable[str] = (), caveat: str = "") -> str:
    """Return the HTML of a tooltip; every word given is escaped here, once."""
    html = [f"<strong>{safe(title)}</strong>"] if title else []
    html += [f"<p>{safe(line)}</p>" for line in lines if line]
    if caveat:
        html.append(f'<p class="caveat">{safe(caveat)}</p>')
    return "".join(html)
