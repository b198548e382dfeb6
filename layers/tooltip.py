"""The text of a tooltip: a title, lines, a caveat, all of it safe."""

from __future__ import annotations

from collections.abc import Iterable

from layers.safe import safe


def tooltip(title: str, lines: Iterable[str] = (), caveat: str = "") -> str:
    """Return the HTML of a tooltip; every word given is escaped here, once.

    Examples
    --------
    >>> tooltip("Madre de Dios", ["71 <reported>"], "not prevalence")
    '<strong>Madre de Dios</strong><p>71 &#60;reported&#62;</p><p class="caveat">not prevalence</p>'
    """
    html = [f"<strong>{safe(title)}</strong>"] if title else []
    html += [f"<p>{safe(line)}</p>" for line in lines if line]
    if caveat:
        html.append(f'<p class="caveat">{safe(caveat)}</p>')
    return "".join(html)
