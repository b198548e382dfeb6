"""Keys of colours and marks under small maps, as HTML with every text escaped."""

from __future__ import annotations

from html import escape

_MARKS = {
    "hatch": '<i class="key hatch"></i>',
    "few": '<i class="key few"></i>',
    "flag": '<i class="glyph">⚑</i>',
    "mismatch": '<i class="glyph">≠</i>',
    "high": '<i class="glyph">▲</i>',
    "low": '<i class="glyph">▽</i>',
    "number": '<i class="key number">1</i>',
    "solid": '<i class="key solid"></i>',
    "dashed": '<i class="key dashed"></i>',
    "rim": '<i class="key rim"></i>',
}


def key_list(items: list[tuple[str, str]]) -> str:
    """A list of keys: a mark's name or a colour (#rrggbb), and what it means."""
    lines = []
    for sign, text in items:
        drawn = _MARKS.get(sign) or f'<i class="key" style="background:{escape(sign)}"></i>'
        lines.append(f"<li>{drawn}<span>{escape(text)}</span></li>")
    return f'<ul class="keys">{"".join(lines)}</ul>'


def scale_bar(colors: tuple[str, ...], ticks: tuple[str, ...]) -> str:
    """Classes of colour with the inner edges below them."""
    cells = "".join(f'<i style="background:{escape(color)}"></i>' for color in colors)
    width = 100 / len(colors)
    texts = "".join(
        f'<span style="left:{(place + 1) * width:.2f}%">{escape(tick)}</span>'
        for place, tick in enumerate(ticks)
    )
    return f'<div class="scalebar"><div>{cells}</div><p>{texts}</p></div>'
