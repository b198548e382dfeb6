"""One map as a sheet: title above, legend in the ocean, the source inside the picture."""

from __future__ import annotations

import shapely

from layers.palette import GROUND
from layers.picture.faces import ACCENT, LINE, Column, moved
from layers.picture.items import SOFT, TEXT, add_legend, map_items
from layers.picture.record import MapPicture
from layers.picture.scene import Item, Scene, box, fit, line

WIDTH = 800.0
"""units of the sheet; a PNG 1,600 pixels wide shows each as two pixels."""
_MAP_HEIGHT, _MARGIN, _LEGEND_WIDTH = 800.0, 26.0, 204.0
PAPER = "#fbfaf8"


def map_sheet(picture: MapPicture) -> Scene:
    """Lay out a picture: title, map with legend, source line, period and caveat."""
    head = Column(_MARGIN, WIDTH - 2 * _MARGIN, 20.0)
    head.text(picture.title, 23, TEXT, "bold", leading=26 / 23, rise=26 / 23, after=3)
    head.text(picture.subtitle, 12.5, SOFT, leading=1.36, rise=1.36)
    top, bottom = head.y + 16, head.y + 16 + _MAP_HEIGHT
    bounds = shapely.total_bounds([region.geometry for region in picture.regions])
    view = fit(
        tuple(bounds), left=0, top=top, width=WIDTH, height=_MAP_HEIGHT, padding=20, across=0.86
    )
    key = Column(0, _LEGEND_WIDTH)
    add_legend(key, picture.legend)
    left, wide, tall = 20.0, _LEGEND_WIDTH + 28, key.y + 22
    upper = bottom - tall - 20
    panel = shapely.box(left, upper, left + wide, upper + tall)
    foot = Column(_MARGIN, WIDTH - 2 * _MARGIN, bottom + 8)
    foot.text(picture.source[0], 11, TEXT, "semibold", leading=1.36, rise=1.36, after=3)
    for source in picture.source[1:]:
        foot.text(source, 10, SOFT, leading=1.36, rise=1.36, after=3)
    height = foot.y + 16
    items: list[Item] = [
        box(0, top, WIDTH, _MAP_HEIGHT, fill=GROUND["light"]["sea"]),
        *map_items(picture, view, taken=(panel.buffer(4),)),
        # what reaches past the window lies under the paper
        box(0, 0, WIDTH, top, fill=PAPER),
        box(0, 0, WIDTH, 5, fill=ACCENT),
        box(left, upper, wide, tall, fill="#ffffff", stroke=LINE, radius=6, stroke_width=0.8),
        *moved(key.items, left + 14, upper + 9),
        box(0, bottom, WIDTH, height - bottom, fill=PAPER),
        *(line([(0, y), (WIDTH, y)], stroke=LINE, width=0.8) for y in (top, bottom)),
        *head.items,
        *foot.items,
    ]
    about = " ".join([picture.subtitle, *picture.source])
    return Scene(WIDTH, round(height), tuple(items), picture.title, about, picture.lang, PAPER)
