"""The map of a plan's print sheet: numbered sites, their reach, demand reached and missed."""

from __future__ import annotations

import math

import shapely

from exports.brief_layout import ACCENT, INK, LINE, SOFT
from exports.faces import wrap
from exports.map_items import map_items
from exports.plan_print import PlanPrint
from exports.projection import fit
from exports.scene import Disc, Item, Scene, Text, box
from geo.proximity import EARTH_RADIUS_KM
from layers.palette import GROUND

COVERED, MISSED = "#17756c", "#c2701c"
_LARGEST = 8.5
"""radius of the largest dot, points."""


def plan_map_scene(plan: PlanPrint, width: float, height: float) -> Scene:
    """Draw the map in a window of so many points."""
    bounds = shapely.total_bounds([region.geometry for region in plan.ground.regions])
    view = fit(tuple(bounds), left=0, top=0, width=width, height=height, padding=8, across=0.55)
    items: list[Item] = [
        box(0, 0, width, height, fill=GROUND["light"]["sea"]),
        *map_items(plan.ground, view, with_names=False),
    ]
    spots = [view.at(site.longitude, site.latitude) for site in plan.sites]
    for site, (x, y) in zip(plan.sites, spots, strict=True):
        if site.reach_km:
            stretch = EARTH_RADIUS_KM * math.cos(math.radians(site.latitude))
            radius = site.reach_km * view.scale / stretch
            items.append(Disc(x, y, radius, None, COVERED, 0.8, (2.4, 1.8)))
    for dot in plan.dots:
        x, y = view.at(dot.longitude, dot.latitude)
        radius = max(0.75, _LARGEST * math.sqrt(dot.share))
        # a rim would swallow a small dot
        rim = "#ffffff" if radius > 1.6 else None
        items.append(Disc(x, y, radius, COVERED if dot.is_covered else MISSED, rim, 0.3))
    # the first to open lies on top
    for x, y in reversed(spots):
        items.append(Disc(x, y, 6.8, ACCENT, "#ffffff", 1.0))
    for site, (x, y) in zip(plan.sites, spots, strict=True):
        items.append(Text(x, y + 2.9, str(site.order), 8.2, "#ffffff", "bold", "middle"))
    items.append(box(0.35, 0.35, width - 0.7, height - 0.7, stroke=LINE, radius=5))
    return Scene(width, height, tuple(items), plan.title, plan.notice, plan.lang)


def keys_below(
    items: list[Item], plan: PlanPrint, *, left: float, top: float, width: float
) -> float:
    """Add what each sign means, in two columns, and return the lower edge."""
    each = width / 2
    y, lowest = top, top
    for number, (kind, said) in enumerate(plan.keys):
        x = left + (number % 2) * each
        if number % 2 == 0:
            y = lowest
        middle = y + 5.2
        if kind == "ring":
            items.append(Disc(x + 5, middle, 4, None, COVERED, 0.9, (2.0, 1.5)))
        else:
            fill = {"site": ACCENT, "covered": COVERED}.get(kind, MISSED)
            items.append(Disc(x + 5, middle, 4.2 if kind == "site" else 3.2, fill))
        lines = wrap(said, each - 20, 7.8)
        for at, words in enumerate(lines):
            items.append(Text(x + 14, y + 8 + 9.2 * at, words, 7.8, INK if at == 0 else SOFT))
        lowest = max(lowest, y + 9.2 * len(lines) + 2.5)
    return lowest
