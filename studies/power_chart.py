"""The chart of the power study: plain SVG, one dot a lens and setting."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from studies.lenses import LENSES

if TYPE_CHECKING:
    from studies.power import Outcome

_LEFT, _PANEL, _GAP, _ROW, _TOP = 215, 150, 52, 26, 92
_FOUND, _FALSE, _INK, _FAINT = "#2b5c8a", "#b5762a", "#22292f", "#d5dbe0"


def draw(outcomes: list[Outcome]) -> str:
    """Draw found against made up, one panel a scenario, 3,000 reports with the measured waves.

    Parameters
    ----------
    outcomes : list of Outcome

    Returns
    -------
    str
        An SVG document with title, description and no script.
    """
    total, waves = max(one.total for one in outcomes), max(one.waves for one in outcomes)
    shown = [one for one in outcomes if one.total == total and one.waves == waves]
    scenarios = list(dict.fromkeys(one.scenario.name for one in shown))
    width = _LEFT + len(scenarios) * (_PANEL + _GAP)
    height = _TOP + len(LENSES) * _ROW + 46
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="t d" font-family="sans-serif" font-size="12" fill="{_INK}">',
        '<title id="t">What each lens finds and what it makes up</title>',
        f'<desc id="d">{total:,} reports that vary {waves:.2f} times more than chance; the same '
        "numbers stand in the tables of the page.</desc>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        _text(8, 20, f"{total:,} reports, varying {waves:.2f} times more than chance", size=14),
        _dot(14, 38, _FOUND, hollow=False),
        _text(24, 42, "true high regions found"),
        _dot(194, 38, _FALSE, hollow=True),
        _text(204, 42, "maps with a false alarm"),
    ]
    for row, (name, _) in enumerate(LENSES.values()):
        indent = 22 if name.startswith("same") else 8
        parts.append(_text(indent, _TOP + row * _ROW + 17, name))
    for column, scenario in enumerate(scenarios):
        left = _LEFT + column * (_PANEL + _GAP)
        parts += _panel(left, scenario, [one for one in shown if one.scenario.name == scenario])
    return "\n".join([*parts, "</svg>", ""])


def _panel(left: float, name: str, outcomes: list[Outcome]) -> list[str]:
    bottom = _TOP + len(LENSES) * _ROW
    first, _, rest = name.partition(" at ")
    parts = [
        _text(left, _TOP - 24, first.replace("Madre de Dios, Cusco and Puno", "three neighbours")),
        _text(left, _TOP - 10, f"at {rest}" if rest else "nothing to find"),
    ]
    for share in (0.0, 0.5, 1.0):
        x = left + share * _PANEL
        parts.append(f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="{_FAINT}"/>')
        parts.append(_text(x, bottom + 16, f"{share:.0%}", anchor="middle"))
    nominal = left + 0.05 * _PANEL
    parts.append(
        f'<path d="M{nominal:.1f} {_TOP}V{bottom}" stroke="{_FALSE}" stroke-dasharray="2 3"/>'
    )
    if left == _LEFT:
        parts.append(_text(8, bottom + 34, "dotted: 5 % of the maps, what a level of 0.05 allows"))
    order = list(LENSES)
    for one in outcomes:
        y = _TOP + order.index(one.lens) * _ROW + 13
        parts.append(f'<path d="M{left} {y}h{_PANEL}" stroke="{_FAINT}" stroke-width="0.6"/>')
        if one.found == one.found:  # not a number where there is nothing to find
            parts.append(_dot(left + one.found * _PANEL, y, _FOUND, hollow=False))
        parts.append(_dot(left + one.false_alarm * _PANEL, y, _FALSE, hollow=True))
    return parts


def _dot(x: float, y: float, colour: str, *, hollow: bool) -> str:
    fill = "none" if hollow else colour
    radius = 6 if hollow else 4
    return (
        f'<circle cx="{x:.1f}" cy="{y}" r="{radius}" fill="{fill}" stroke="{colour}" '
        'stroke-width="2"/>'
    )


def _text(x: float, y: float, text: str, *, size: int = 12, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y}" font-size="{size}" text-anchor="{anchor}">{escape(text)}</text>'
    )
