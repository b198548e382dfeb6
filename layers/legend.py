"""The legend's record, and its HTML for the live map; pictures draw it in picture/legend.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from layers.palette import (
    BELOW,
    BELOW_DASH,
    CELL_COLORS,
    HATCH_LINE,
    INK,
    PLACE,
    RIM,
    RIM_DASHES,
    ROUTE,
    ROUTE_MEDIUM,
    SERVICE,
    SMR,
    ZERO_COLOR,
    Look,
    density_glow,
    on_land,
    pale,
)
from layers.safe import safe

Sign = str | Look
"""a sign of the legend by its name, here and in picture/legend.py, or a look"""
Entry = tuple[Sign, str]
"""a sign, and its translated explanation"""
_BOX = '<rect x="2" y="2" width="20" height="10" rx="1.5" fill="{}" stroke="{}" {}/>'
_LINE = '<path d="M1 7H17" fill="none" stroke="{}" stroke-width="{}" {}/>'
_CONTOUR = '<path d="M1 10C7 1 16 1 23 8" fill="none" stroke="{}" stroke-width="1.3" {}/>'
_HEAD = '<path d="M16 {}L23 7L16 {}Z" fill="{}"/>'


def _dash(lengths: tuple[float, float]) -> str:
    return " ".join(f"{length:g}" for length in lengths)


_SIGNS: dict[str, str] = {
    "above": _BOX.format("none", INK, 'stroke-width="1.9"'),
    "below": _BOX.format(
        "none", BELOW, f'stroke-width="1.5" stroke-dasharray="{_dash(BELOW_DASH)}"'
    ),
    "few_ratio": f'<path d="M2 2H22V12H2Z" fill="{SMR.colors[3]}"/>'
    f'<path d="M2 2L12 12M8 2L18 12M14 2L22 10M2 8L6 12M20 2L22 4" stroke="{HATCH_LINE}"/>',
    "missing": _BOX.format("url(#hatch-missing)", "#b9b6ad", 'stroke-width="0.8"'),
    "zero": _BOX.format(ZERO_COLOR, "#b9b6ad", 'stroke-width="0.8"'),
    "mining": "".join(
        f'<rect x="{x}" y="{7 - side / 2}" width="{side}" height="{side}" fill="{color}"/>'
        for x, side, color in zip((1, 5, 10, 16), (2.6, 3.6, 4.8, 6.4), CELL_COLORS, strict=True)
    ),
    "route_1": _LINE.format(ROUTE_MEDIUM, 1.1, "") + _HEAD.format(4.4, 9.6, ROUTE_MEDIUM),
    "route_2": _LINE.format(ROUTE, 2.2, "") + _HEAD.format(3.2, 10.8, ROUTE),
    "route_3": _LINE.format(ROUTE, 3.4, "") + _HEAD.format(2.2, 11.8, ROUTE),
    "route_unknown": _LINE.format(ROUTE, 1.6, 'stroke-dasharray="4 3"')
    + _HEAD.format(3.8, 10.2, ROUTE),
    "routes": "".join(
        f'<path d="M1 {y}H23" stroke="{color}" stroke-width="{width}"/>'
        for y, color, width in ((2.5, ROUTE_MEDIUM, 1.1), (6.5, ROUTE, 2.2), (11.3, ROUTE, 3.4))
    ),
    "place": f'<circle cx="12" cy="7" r="4.2" fill="#fff" stroke="{PLACE}" stroke-width="2"/>'
    f'<circle cx="12" cy="7" r="1.7" fill="{PLACE}"/>',
    "estimate": f'<circle cx="12" cy="7" r="4.4" fill="#fff" stroke="{PLACE}" '
    'stroke-width="1.4" stroke-dasharray="2.2 1.6"/>',
    "service": f'<circle cx="4.5" cy="7" r="2" fill="{SERVICE}"/>'
    f'<rect x="11" y="2.5" width="9" height="9" rx="2" fill="{SERVICE}"/>',
    "service_near": f'<circle cx="4.5" cy="7" r="1.7" fill="#fff" stroke="{SERVICE}"/>'
    f'<rect x="11.8" y="3.3" width="7.4" height="7.4" rx="2" fill="#fff" stroke="{SERVICE}" '
    'stroke-width="1.6"/>',
    "reports": _BOX.format(SMR.colors[4], INK, 'stroke-width="1.6"'),
    "reports_pale": _BOX.format(pale(SMR.colors[4]), INK, 'stroke-width="1.6"'),
    "density": "".join(
        f'<ellipse cx="12" cy="7" rx="{11 - 2.5 * step}" ry="{6.6 - 1.5 * step}" fill="{color}"/>'
        for step, color in enumerate(map(on_land, density_glow()[4::3]))
    ),
    "isopleth": _CONTOUR.format(RIM, ""),
    "isopleth_50": _CONTOUR.format(RIM, ""),
    "isopleth_90": _CONTOUR.format(RIM, f'stroke-dasharray="{_dash(RIM_DASHES[90])}"'),
}


@dataclass(frozen=True, slots=True)
class Scale:
    """A bar of colours with ticks between them, or one label under each colour."""

    title: str
    colors: tuple[str, ...]
    """``#rrggbb``, or ``#rrggbbaa`` where the land is seen through them"""
    ticks: tuple[str, ...]
    """edges that cut the bar in equal parts, or ``len(colors)`` names; formatted, translated."""
    note: str = ""
    """unit, registry and period in one line"""
    sizes: tuple[float, ...] = ()
    """sides of squares in the place of a bar, as shares of its height"""


@dataclass(frozen=True, slots=True)
class LegendSpec:
    """What the legend says, from top to bottom; only what is on the map belongs in it."""

    scale: Scale = Scale("", (), ())
    keys: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()
    """small print: what is not monitored, what lines are not"""
    heading: str = ""
    """stands in the title's place when the legend is folded; translated"""
    more: tuple[Scale, ...] = ()
    """scales of what lies over the areas"""


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
    """A sign of the legend, for the eye alone."""
    drawn = _look_svg(sign) if isinstance(sign, Look) else _SIGNS[sign]
    return f'<svg viewBox="0 0 24 14" aria-hidden="true">{drawn}</svg>'


def _look_svg(look: Look) -> str:
    shape = {
        "circle": 'circle cx="12" cy="7" r="5.5"',
        "area": 'rect x="2" y="2" width="20" height="10"',
        "line": 'path d="M1 7H23"',
    }[look.sign]
    if look.dash:
        dash = f'stroke-width="1.4" stroke-dasharray="{_dash(look.dash)}"'
        return f'<{shape} fill="none" stroke="{look.color}" {dash}/>'
    return f'<{shape} fill="{look.color}" fill-opacity=".1" stroke="{look.color}"/>'


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
    said = safe(f"{scale.title}: {', '.join(scale.ticks)}")
    return (
        f'<svg class="scale{kind}" viewBox="0 0 224 {height}" role="img" '
        f'aria-label="{said}">{ground}<g>{rects}</g>{ticks}</svg>{note}'
    )


def _two_lines(name: str) -> list[str]:
    """The name of a class cut at the space that leaves the shorter longest line."""
    words = name.split()
    cuts = [[" ".join(words[:cut]), " ".join(words[cut:])] for cut in range(1, len(words))]
    return min(cuts, key=lambda parts: max(map(len, parts)), default=[name])
