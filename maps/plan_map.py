"""A plan as marks on the small outlines: sites, reach, who is reached and who is missed."""

from __future__ import annotations

from typing import Any

import numpy as np

from maps.plan_outcome import Outcome
from maps.siting_places import places
from maps.small_maps import small_view
from messages import Words

LARGEST_DOT, SMALLEST_DOT = 7.0, 0.55
"""radii in view units; the area is the demand, down to the smallest that can be seen."""


def plan_marks(outcome: Outcome, say: Words) -> dict[str, Any]:
    """Dots, links, sites and services in view units, with the words that a site says.

    Returns
    -------
    dict
        dots: [x, y, radius, covered 0 or 1], largest first; links: path of the ways from reached
        places to their sites; sites: number, x, y, ring radius, name, words; services: [x, y].
    """
    here = places()
    view = small_view().project(np.column_stack([here.longitude, here.latitude]))
    asks = np.flatnonzero(outcome.weight > 0)
    top = float(outcome.weight.max())
    radius = np.maximum(LARGEST_DOT * np.sqrt(outcome.weight / top), SMALLEST_DOT)
    asks = asks[np.argsort(-radius[asks], kind="stable")]
    dots = [
        [round(float(view[i, 0]), 1), round(float(view[i, 1]), 1), round(float(radius[i]), 2),
         int(outcome.served[i] >= 0.5)]
        for i in asks
    ]  # fmt: skip
    sheet = outcome.sheet(say.lang)
    spots = [small_view().at(row["longitude"], row["latitude"]) for row in sheet.sites]
    links = "".join(
        f"M{view[i, 0]:.1f},{view[i, 1]:.1f}L{spots[n - 1][0]:.1f},{spots[n - 1][1]:.1f}"
        for i, n in enumerate(outcome.goes_to)
        if n > 0 and outcome.served[i] > 0 and outcome.weight[i] > 0
    )
    sites = []
    for number, (row, (x, y)) in enumerate(zip(sheet.sites, spots, strict=True)):
        ring = 0.0
        if outcome.reach_km:
            ring = small_view().km(outcome.reach_km[number], float(row["latitude"]))
        sites.append(
            {
                "order": row["order"],
                "x": round(x, 1),
                "y": round(y, 1),
                "ring": round(ring, 2),
                "name": row["name"],
                "says": say(
                    "plan.map.site",
                    order=row["order"],
                    name=row["name"],
                    department=row["department"],
                    added=say.percent(row["within_reach_added_share"], 1),
                    total=say.percent(row["within_reach_share"], 1),
                ),
            }
        )
    return {
        "dots": dots,
        "links": links,
        "sites": sites,
        "services": [
            [round(value, 1) for value in small_view().at(*spot)] for spot in outcome.services
        ],
    }
