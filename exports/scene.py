"""A picture as plain shapes and texts: what the SVG, PNG and PDF writers all understand.

Coordinates are units of the picture, y runs down from the top. Everything is opaque. Texts lie
above all shapes, in every writer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

Weight = Literal["regular", "semibold", "bold"]
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Path:
    """A polygon (its outer ring, then its holes) or an open line."""

    rings: tuple[np.ndarray, ...]
    """each of shape (n, 2); a closed ring does not repeat its first point."""
    is_closed: bool = True
    fill: str | None = None
    """colour as #rrggbb, or nothing."""
    stroke: str | None = None
    width: float = 1.0
    """width of the stroke, units."""
    dash: tuple[float, float] | None = None
    """length of a dash and of the gap after it, units."""


@dataclass(frozen=True, slots=True)
class Disc:
    """A circle."""

    x: float
    y: float
    radius: float
    fill: str | None = None
    stroke: str | None = None
    width: float = 1.0
    dash: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text on its baseline."""

    x: float
    y: float
    text: str
    size: float
    color: str = "#1f1d1b"
    weight: Weight = "regular"
    anchor: Anchor = "start"
    halo: str | None = None
    """colour of a rim that sets the text off from what lies below."""
    halo_width: float = 2.4


Shape = Path | Disc
Item = Shape | Text


@dataclass(frozen=True, slots=True)
class Scene:
    """A finished picture."""

    width: float
    height: float
    items: tuple[Item, ...]
    title: str
    """what the picture shows, in one line."""
    description: str
    """unit, period, source and caveat: what a reader who cannot see it needs as well."""
    lang: str
    background: str = "#ffffff"

    @property
    def shapes(self) -> Iterable[Shape]:
        """The shapes, bottom first."""
        return (item for item in self.items if not isinstance(item, Text))

    @property
    def texts(self) -> Iterable[Text]:
        """The texts, in reading order."""
        return (item for item in self.items if isinstance(item, Text))


def box(
    left: float,
    top: float,
    width: float,
    height: float,
    *,
    fill: str | None = None,
    stroke: str | None = None,
    stroke_width: float = 1.0,
    radius: float = 0.0,
    dash: tuple[float, float] | None = None,
) -> Path:
    """A rectangle, its corners rounded by ``radius`` units."""
    right, bottom = left + width, top + height
    if radius <= 0:
        ring = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    else:
        turn = np.linspace(0, np.pi / 2, 7)
        quarter = np.column_stack([np.cos(turn), np.sin(turn)]) * radius
        ring = np.vstack(
            [
                np.array([right - radius, bottom - radius]) + quarter,
                (left + radius, bottom - radius) + quarter[::-1] * (-1, 1),
                (left + radius, top + radius) - quarter,
                (right - radius, top + radius) + quarter[::-1] * (1, -1),
            ]
        )
    return Path((ring,), True, fill, stroke, stroke_width, dash)


def line(
    points: Iterable[tuple[float, float]],
    *,
    stroke: str,
    width: float = 1.0,
    dash: tuple[float, float] | None = None,
) -> Path:
    """An open line through points."""
    return Path((np.array(list(points), dtype=float),), False, None, stroke, width, dash)


def dashes(points: np.ndarray, dash: tuple[float, float]) -> list[np.ndarray]:
    """Cut a line into the pieces that a dash pattern draws.

    >>> [piece[:, 0].tolist() for piece in dashes(np.array([[0.0, 0.0], [10.0, 0.0]]), (3, 2))]
    [[0.0, 3.0], [5.0, 8.0]]
    """
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(points, axis=0).T))]
    pieces = []
    for start in np.arange(0.0, along[-1], sum(dash)):
        end = min(start + dash[0], along[-1])
        inside = along[(along > start) & (along < end)]
        at = np.r_[start, inside, end]
        pieces.append(
            np.column_stack(
                [np.interp(at, along, points[:, 0]), np.interp(at, along, points[:, 1])]
            )
        )
    return pieces


def path_data(rings: Iterable[np.ndarray], *, is_closed: bool = True, decimals: int = 1) -> str:
    """Data of an SVG path; points that round to the one before them are left out.

    Parameters
    ----------
    rings : iterable of arrays, shape (n, 2)
        Lines, or rings that may repeat their first point.
    """
    pieces = []
    for ring in rings:
        xy = np.round(ring, decimals)
        kept = xy[np.r_[True, np.any(np.diff(xy, axis=0) != 0, axis=1)]]
        if is_closed and len(kept) > 1 and (kept[0] == kept[-1]).all():
            kept = kept[:-1]
        points = "L".join(f"{short(x)},{short(y)}" for x, y in kept)
        pieces.append(f"M{points}" + ("Z" if is_closed else ""))
    return "".join(pieces)


def short(value: float, decimals: int = 2) -> str:
    """A coordinate as short as it can be.

    >>> short(3.0), short(-0.04, 1), short(12.345)
    ('3', '0', '12.35')
    """
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
