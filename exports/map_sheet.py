"""One map as a sheet: title above, legend in the ocean, the source inside the picture."""

from __future__ import annotations

import shapely

from exports.faces import wrap
from exports.legend_box import LINE, SOFT, TEXT, legend_box, moved
from exports.map_items import map_items
from exports.picture import MapPicture
from exports.projection import fit
from exports.scene import Item, Scene, Text, box, line
from layers.palette import GROUND

WIDTH = 800.0
"""units of the sheet; a PNG 1,600 pixels wide shows each as two pixels."""
MAP_HEIGHT = 800.0
_MARGIN, _PAPER, _ACCENT = 26.0, "#fbfaf8", "#6d2459"
_LEGEND_WIDTH = 204.0


def map_sheet(picture: MapPicture) -> Scene:
    """Lay out a picture: title, map with legend, source line, period and caveat.

    Raises
    ------
    ValueError
        If the picture has no region.
    """
    if not picture.regions:
        raise ValueError("a map without regions: give at least one")
    wide = WIDTH - 2 * _MARGIN
    head: list[Item] = []
    y = 20.0
    for words in wrap(picture.title, wide, 23, "bold"):
        y += 26
        head.append(Text(_MARGIN, y, words, 23, TEXT, "bold"))
    y += 3
    for words in wrap(picture.subtitle, wide, 12.5):
        y += 17
        head.append(Text(_MARGIN, y, words, 12.5, SOFT))
    top = y + 16
    bounds = shapely.total_bounds([region.geometry for region in picture.regions])
    view = fit(
        tuple(bounds), left=0, top=top, width=WIDTH, height=MAP_HEIGHT, padding=20, across=0.86
    )
    key = legend_box(picture, width=_LEGEND_WIDTH)
    left, height = 20.0, key.height + 22
    upper = top + MAP_HEIGHT - height - 20
    panel = shapely.box(left, upper, left + _LEGEND_WIDTH + 28, upper + height)
    items: list[Item] = [
        box(0, top, WIDTH, MAP_HEIGHT, fill=GROUND["light"]["sea"]),
        *map_items(picture, view, taken=(panel.buffer(4),)),
        # what reaches past the window lies under the paper
        box(0, 0, WIDTH, top, fill=_PAPER),
        box(0, 0, WIDTH, 5, fill=_ACCENT),
        box(
            left,
            upper,
            _LEGEND_WIDTH + 28,
            height,
            fill="#ffffff",
            stroke=LINE,
            radius=6,
            stroke_width=0.8,
        ),
        *moved(key.items, left + 14, upper + 9),
    ]
    foot: list[Item] = []
    y = top + MAP_HEIGHT + 8
    for number, paragraph in enumerate(picture.source):
        size, weight = (11.0, "semibold") if number == 0 else (10.0, "regular")
        for words in wrap(paragraph, wide, size, weight):  # type: ignore[arg-type]
            y += size * 1.36
            foot.append(Text(_MARGIN, y, words, size, TEXT if number == 0 else SOFT, weight))  # type: ignore[arg-type]
        y += 3
    bottom = y + 16
    paper = [
        box(0, top + MAP_HEIGHT, WIDTH, bottom - top - MAP_HEIGHT, fill=_PAPER),
        line([(0, top), (WIDTH, top)], stroke=LINE, width=0.8),
        line([(0, top + MAP_HEIGHT), (WIDTH, top + MAP_HEIGHT)], stroke=LINE, width=0.8),
    ]
    return Scene(
        WIDTH,
        round(bottom),
        (*items, *paper, *head, *foot),
        picture.title,
        " ".join([picture.subtitle, *picture.source]),
        picture.lang,
        _PAPER,
    )
