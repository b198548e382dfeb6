"""Write the legend as HTML, for the live map and its panel."""

from __future__ import annotations

from collections.abc import Sequence

from layers.legend import Entry, LegendSpec, Scale, Sign
from layers.palette import SERVICE
from layers.picture.legend import key_sign
from layers.picture.scene import Text
from layers.picture.svg import shape_svg
from layers.safe import safe

_SQUARE = '<rect x="15" y="-3.6" width="7.2" height="7.2" rx="2" fill="{}" stroke="{}"/>'
_NEAR = {
    "service": _SQUARE.format(SERVICE, SERVICE),
    "service_near": _SQUARE.format("#fff", SERVICE),
}
"""what a sign is on the live map once it is near"""


def legend_html(spec: LegendSpec) -> str:
    """Return the legend as HTML; every text is escaped."""
    parts = [
        f"<details open><summary><span>{safe(spec.heading)}</span><h2>{safe(spec.scale.title)}</h2>"
        f"</summary>{scale_html(spec.scale)}"
    ]
    parts += [f"<h2>{safe(scale.title)}</h2>{scale_html(scale)}" for scale in spec.more]
    parts.append(keys_html(spec.keys))
    parts += [f'<p class="note">{safe(note)}</p>' for note in spec.notes]
    return "".join(parts) + "</details>"


def sign_svg(sign: Sign) -> str:
    """Return a sign of the legend as pictures draw it; screen readers skip it."""
    items = (item for item in key_sign(sign) if not isinstance(item, Text))
    drawn = "".join(map(shape_svg, items))
    near = _NEAR.get(sign, "") if isinstance(sign, str) else ""
    return f'<svg viewBox="-1 -7 24 14" aria-hidden="true">{drawn}{near}</svg>'


def keys_html(keys: Sequence[Entry]) -> str:
    """Signs with their words as a list; nothing without any."""
    rows = (f"<li>{sign_svg(sign)}<span>{safe(text)}</span></li>" for sign, text in keys)
    return f"<ul>{''.join(rows)}</ul>" if keys else ""


def scale_html(scale: Scale) -> str:
    """The bar of a scale with its ticks and its note; every text is escaped."""
    count = len(scale.colors)
    note = f'<p class="note">{safe(scale.note)}</p>' if scale.note else ""
    if not count:
        return note
    between = len(scale.ticks) != count
    width = 224 / count
    step = count / (len(scale.ticks) + between)
    boxes = [(i * width, 0.0, width + 0.3, 11.0) for i in range(count)]
    if scale.sizes:
        sides = [11 * size for size in scale.sizes]
        boxes = [((i + 0.5) * width - s / 2, 5.5 - s / 2, s, s) for i, s in enumerate(sides)]
    rects = "".join(
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{wide:.2f}" height="{high:.2f}" '
        f'fill="{safe(color)}"/>'
        for (x, y, wide, high), color in zip(boxes, scale.colors, strict=True)
    )
    # what lets the land through on the map lets it through here
    ground = '<rect class="land" width="224" height="11"/>' if len(scale.colors[0]) > 7 else ""
    rows = [[tick] if between else _two_lines(tick) for tick in scale.ticks]
    ticks = "".join(
        f'<text x="{(i + (1 if between else 0.5)) * step * width:.2f}" y="{24 + 11 * line}">'
        f"{safe(part)}</text>"
        for i, parts in enumerate(rows)
        for line, part in enumerate(parts)
    )
    kind = "" if between else " named"
    height = 16 + 11 * max(len(parts) for parts in rows)
    label = safe(f"{scale.title}: {', '.join(scale.ticks)}")
    return (
        f'<svg class="scale{kind}" viewBox="0 0 224 {height}" role="img" '
        f'aria-label="{label}">{ground}<g>{rects}</g>{ticks}</svg>{note}'
    )


def _two_lines(name: str) -> list[str]:
    """The name of a class cut at the space that leaves the shorter longest line."""
    words = name.split()
    cuts = [[" ".join(words[:cut]), " ".join(words[cut:])] for cut in range(1, len(words))]
    return min(cuts, key=lambda parts: max(map(len, parts)), default=[name])
