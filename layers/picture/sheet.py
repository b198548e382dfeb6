"""Lay out one map as a sheet: a page of any length, a 16:9 slide, a 4:5 picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, cast

import shapely

from layers.legend import LegendSpec
from layers.palette import GROUND
from layers.picture.items import map_items
from layers.picture.legend import SOFT, TEXT, add_legend
from layers.picture.record import MapPicture
from layers.picture.scene import Item, Scene, View, box, fit, line
from layers.picture.typography import ACCENT, LINE, Column, moved

Form = Literal["page", "wide", "tall"]
SIZES: dict[Form, tuple[float, float]] = {
    "page": (800.0, 800.0),
    "wide": (960.0, 540.0),
    "tall": (540.0, 675.0),
}
"""units: width and height of the sheet, of a page the height of its map; a pixel or two each."""
_LEGEND_SIZES = (13.0, 12.0, 11.0, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5)
"""size of the legend's words; the largest that fits is taken."""
_LARGEST: dict[Form, float] = {"page": 9.5, "wide": 13.0, "tall": 10.0}
_WIDE_LAYOUTS = (
    ((27.0, 13.0), 1, _LEGEND_SIZES[:8]),
    ((27.0, 13.0), 2, _LEGEND_SIZES[3:8]),
    ((22.0, 11.0), 2, _LEGEND_SIZES[3:]),
    ((18.0, 9.5), 2, _LEGEND_SIZES[7:]),
)
"""of a slide: sizes of title and subtitle, columns and sizes of the legend; the first that fits"""
PAPER = "#fbfaf8"
_Bounds = tuple[float, float, float, float]


def map_sheet(
    picture: MapPicture, form: Form = "page", *, size: tuple[float, float] | None = None
) -> Scene:
    """Lay out a picture with title, map, legend, caveat and source; ``size`` is that of a slide."""
    if form != "page":
        # it is seen from afar: departments and their figures, no towns
        marks = tuple(mark for mark in picture.marks if mark.kind != "capital")
        picture = replace(picture, marks=marks)
    if form == "wide":
        width, height = size or SIZES[form]
        items = _side_by_side(picture, width, height)
    else:
        width, height, items = _stacked(picture, form)
    description = " ".join([picture.subtitle, *picture.source])
    return Scene(
        width, round(height), tuple(items), picture.title, description, picture.lang, PAPER
    )


def _bounds(picture: MapPicture) -> _Bounds:
    return cast(
        _Bounds, tuple(shapely.total_bounds([region.geometry for region in picture.regions]))
    )


def _title(column: Column, picture: MapPicture, size: float, small: float) -> None:
    column.text(picture.title, size, TEXT, "bold", leading=1.13, rise=1.13, after=3)
    column.text(picture.subtitle, small, SOFT, leading=1.36, rise=1.36)


def _source(column: Column, picture: MapPicture, size: float) -> None:
    column.width *= 0.97  # small letters are set a little wider than they are measured
    column.text(
        picture.source[0], size + 1, TEXT, "semibold", leading=1.36, rise=1.36, after=size * 0.3
    )
    for source in picture.source[1:]:
        column.text(source, size, SOFT, leading=1.36, rise=1.36, after=size * 0.3)


def _legend(legend: LegendSpec, width: float, size: float, columns: int = 1) -> Column:
    column = Column(0, width)
    add_legend(column, legend, size=size, columns=columns)
    return column


def _sizes(form: Form) -> tuple[float, ...]:
    return tuple(size for size in _LEGEND_SIZES if size <= _LARGEST[form])


def _stacked(picture: MapPicture, form: Form) -> tuple[float, float, list[Item]]:
    width, whole = SIZES[form]
    is_page = form == "page"
    margin = 26.0 if is_page else 20.0
    head, foot = (Column(margin, width - 2 * margin, y) for y in (20.0 if is_page else 16.0, 0.0))
    _title(head, picture, *((23, 12.5) if is_page else (20, 11)))
    _source(foot, picture, 10 if is_page else 7.8)
    top = head.y + (16 if is_page else 12)
    end = foot.y + (24 if is_page else 16)
    bottom = top + whole if is_page else whole - end
    view = fit(
        _bounds(picture),
        left=0, top=top, width=width, height=bottom - top,
        padding=20 if is_page else 14, across=0.86,
    )  # fmt: skip
    country = shapely.union_all([view.seen(region.geometry) for region in picture.regions])
    left, inner = (20.0, 204.0) if is_page else (12.0, 158.0)
    for size in _sizes(form):
        key = _legend(picture.legend, inner * max(size, 7.4) / 9.5, size)
        wide, tall = key.width + 28, key.y + 22
        upper = bottom - tall - left
        panel = shapely.box(left, upper, left + wide, upper + tall)
        if upper > top + left and not panel.intersects(country):
            break
    items: list[Item] = [
        box(0, top, width, bottom - top, fill=GROUND["light"]["sea"]),
        *map_items(picture, view, taken=(panel.buffer(4),)),
        # what reaches past the window lies under the paper
        box(0, 0, width, top, fill=PAPER),
        box(0, 0, width, 5, fill=ACCENT),
        box(left, upper, wide, tall, fill="#ffffff", stroke=LINE, radius=6, stroke_width=0.8),
        *moved(key.items, left + 14, upper + 9),
        box(0, bottom, width, end, fill=PAPER),
        *(line([(0, y), (width, y)], stroke=LINE, width=0.8) for y in (top, bottom)),
        *head.items,
        *moved(foot.items, 0, bottom + 8),
    ]
    return width, bottom + end, items


def pair_sheet(
    pictures: Sequence[MapPicture],
    legends: Sequence[LegendSpec],
    title: str,
    subtitle: str,
    source: Sequence[str],
) -> Scene:
    """Lay out two maps side by side, each under its title: one legend for both, or one each."""
    width, tall, margin, gap = 1200.0, 640.0, 26.0, 8.0
    half = (width - gap) / 2
    head, foot = Column(margin, width - 2 * margin, 20.0), Column(margin, width - 2 * margin)
    head.text(title, 21, TEXT, "bold", leading=1.13, rise=1.13, after=3)
    head.text(subtitle, 12.5, SOFT, leading=1.36, rise=1.36)
    lefts = (0.0, half + gap)
    titles = [Column(left + margin, half - 2 * margin, head.y + 10) for left in lefts]
    for column, picture in zip(titles, pictures, strict=True):
        column.text(picture.title, 15, TEXT, "semibold", leading=1.2, rise=1.1)
        column.text(picture.subtitle, 11.5, SOFT, leading=1.36, rise=1.2)
    top = max(column.y for column in titles) + 8
    bottom = top + tall
    maps: list[Item] = []
    for left, picture in zip(lefts, pictures, strict=True):
        view = fit(
            _bounds(picture), left=left, top=top, width=half, height=tall, padding=18, across=0.6
        )
        sea = box(left, top, half, tall, fill=GROUND["light"]["sea"])
        maps += [sea, *map_items(picture, view)]
    keys = [Column(left + margin, half - 2 * margin, bottom + 12) for left in lefts]
    for column, legend in zip(keys, legends, strict=False):
        scale, signs = column.beside(0, 226), column.beside(256)
        add_legend(scale, replace(legend, keys=(), notes=()))
        add_legend(signs, LegendSpec(keys=legend.keys))
        column.y = max(scale.y, signs.y)
    # beside the legend of both, else under the two
    noted = Column(margin, width - 2 * margin, max(column.y for column in keys))
    if len(legends) == 1:
        noted = keys.pop()
    for note in dict.fromkeys(note for legend in legends for note in legend.notes):
        noted.text(note, 8.5, SOFT, leading=1.36, rise=1.36)
    foot.y = max(noted.y, *(column.y for column in keys)) + 8
    picture = replace(pictures[0], source=tuple(source))
    _source(foot, picture, 10)
    items = [
        *maps,
        box(0, 0, width, top, fill=PAPER),
        box(half, 0, gap, bottom, fill=PAPER),
        box(0, bottom, width, foot.y + 24 - bottom, fill=PAPER),
        box(0, 0, width, 5, fill=ACCENT),
        *(line([(0, y), (width, y)], stroke=LINE, width=0.8) for y in (top, bottom)),
        *(item for column in (head, *titles, *keys, noted, foot) for item in column.items),
    ]
    titles_of_maps = (f"{picture.title} {picture.subtitle}" for picture in pictures)
    description = " ".join([subtitle, *titles_of_maps, *source])
    return Scene(width, round(foot.y + 24), tuple(items), title, description, picture.lang, PAPER)


def _side_by_side(picture: MapPicture, width: float, height: float) -> list[Item]:
    margin, inner = 30.0, 330.0
    edge = margin + inner + 22
    foot = Column(margin, inner)
    _source(foot, picture, 8)
    end = height - foot.y - 14
    # a longer legend has a smaller title above it and stands in two columns
    for title, columns, sizes in _WIDE_LAYOUTS:
        head = Column(margin, inner, 26.0)
        _title(head, picture, *title)
        start = head.y + 0.6 * title[0]
        keys = (_legend(picture.legend, inner, size, columns) for size in sizes)
        key = next((key for key in keys if start + key.y <= end - 10), None)
        if key is not None:
            break
    else:
        key = _legend(picture.legend, inner, _LEGEND_SIZES[-1], columns)
    view: View = fit(
        _bounds(picture), left=edge, top=0, width=width - edge, height=height, padding=16
    )
    return [
        box(edge, 0, width - edge, height, fill=GROUND["light"]["sea"]),
        *map_items(picture, view),
        # what reaches past the window lies under the paper
        box(0, 0, edge, height, fill=PAPER),
        line([(edge, 0), (edge, height)], stroke=LINE, width=0.8),
        box(0, 0, width, 5, fill=ACCENT),
        *head.items,
        *moved(key.items, margin, start),
        line([(margin, end), (margin + inner, end)], stroke=LINE, width=0.8),
        *moved(foot.items, 0, end + 4),
    ]
