"""The print sheet of a plan as PDF: map, figures, sites, departments, assumptions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import shapely

from atlas.drawing.small_maps import ground
from atlas.own_files.records import MARK
from atlas.paper.brief_document import TEMPLATES, sheet_values, svg_text
from atlas.planner import sentences
from atlas.planner.demand import places
from atlas.planner.document import PlanDocument, Reason, Site
from atlas.planner.files import most_missed_first
from atlas.planner.reach import drawn_areas
from atlas.words import Words, words
from data.geography import load_departments
from layers.legend import LegendSpec
from layers.palette import GROUND
from layers.picture.items import map_items
from layers.picture.record import MapPicture, Region
from layers.picture.scene import Disc, Item, Scene, Text, box, fit, paths
from layers.picture.typeset import document_pdf
from layers.picture.typography import ACCENT, LINE

COVERED, MISSED = "#17756c", "#c2701c"
_LAND = "#efece4"
"""of departments on paper: a shade that their white borders stand out from."""
_REACHED, _DASH = "#dce5de", (2.4, 1.8)
"""of areas within reach: opaque, as all is on paper"""
_LARGEST = 8.5
"""radius of the largest dot, points."""
_MAP_WIDTH, _MAP_HEIGHT = 262.0, 372.0


def plan_pdf_bytes(document: PlanDocument, lang: str) -> bytes:
    """The print sheet of a plan as PDF, without excluded zones: same plan, same bytes."""
    say = sentences.wording(document, words(lang))
    title = sentences.sentence(document, say)
    notice = f"{say('siting.notice')} {say('plan.print.modelled')}"
    kind = say("plan.print.kind")
    mark = MARK if document.is_invented else ""
    drawn = Scene(_MAP_WIDTH, _MAP_HEIGHT, tuple(_map(document, say)), title, notice, lang)
    obeyed = [
        (say("plan.lists"), text[0].upper() + text[1:])
        for text in sentences.list_texts(document, say)
    ]
    assumptions = [f"{text[0].upper()}{text[1:]}." for text in document.assumption_texts(say)]
    seed = say("plan.assumptions.seed", seed=document.plan.seed)
    items = (*assumptions, sentences.sure_detail(document, say), seed)
    names = ", ".join(site.name for site in document.sites)
    return document_pdf(
        TEMPLATES / "plan.typ",
        {
            **sheet_values(f"{kind}: {title}", notice, kind, say, mark),
            "headline": title,
            "notice": notice,
            "map": {"svg": svg_text(drawn), "alt": f"{title} {names}"},
            "keys": _keys(document, say),
            "numbers": sentences.figures(document, say),
            "notes": sentences.notes(document, say),
            "asked": [*sentences.question_rows(document, say), *obeyed],
            "sites": _sites(document, say),
            "departments": _departments(document, say),
            "assumptions": {"title": say("plan.assumptions"), "items": [*filter(None, items)]},
        },
    )


def _map(document: PlanDocument, say: Words) -> list[Item]:
    """Draw numbered sites, their reach and demand reached and missed over the departments."""
    frame = load_departments(simplified=True)
    view = fit(
        tuple(frame.total_bounds), left=0, top=0, width=_MAP_WIDTH, height=_MAP_HEIGHT,
        padding=8, across=0.55,
    )  # fmt: skip
    regions = tuple(
        Region(str(code), "", "", geometry, _LAND, "none")
        for code, geometry in zip(frame["department_ubigeo"], frame.geometry, strict=True)
    )
    bare = MapPicture(say.lang, "", "", ground(), regions, (), (), (), (), LegendSpec(), ())
    items: list[Item] = [
        box(0, 0, _MAP_WIDTH, _MAP_HEIGHT, fill=GROUND["light"]["sea"]),
        *map_items(bare, view),
    ]
    sites = document.sites
    spots = [view.at(site.longitude, site.latitude) for site in sites]
    areas = drawn_areas(document.reach, view, 0.1)
    items += paths(shapely.union_all(areas), fill=_REACHED)
    items += [item for area in areas for item in paths(area, stroke=COVERED, width=0.8, dash=_DASH)]
    towns, top = places(), float(document.weight.max())
    for i in np.argsort(-document.weight, kind="stable"):
        if document.weight[i] > 0:
            x, y = view.at(float(towns.longitude[i]), float(towns.latitude[i]))
            radius = max(0.75, _LARGEST * math.sqrt(float(document.weight[i] / top)))
            # a rim would swallow a small dot
            rim = "#ffffff" if radius > 1.6 else None
            fill = COVERED if document.plan.evaluation.served[i] >= 0.5 else MISSED
            items.append(Disc(x, y, radius, fill, rim, 0.3))
    # the first to open lies on top
    items += [Disc(x, y, 6.8, ACCENT, "#ffffff", 1.0) for x, y in reversed(spots)]
    for site, (x, y) in zip(sites, spots, strict=True):
        items.append(Text(x, y + 2.9, str(site.order), 8.2, "#ffffff", "bold", "middle"))
    return [*items, box(0.35, 0.35, _MAP_WIDTH - 0.7, _MAP_HEIGHT - 0.7, stroke=LINE, radius=5)]


def _keys(document: PlanDocument, say: Words) -> list[tuple[str, str]]:
    signs = {
        "site": Disc(5, 5, 4.2, ACCENT),
        "covered": Disc(5, 5, 3.2, COVERED),
        "missed": Disc(5, 5, 3.2, MISSED),
    }
    if document.reach.has_areas:
        kind = "ring" if document.plan.unit == "km" else "area"
        signs[kind] = Disc(5, 5, 4, _REACHED, COVERED, 0.9, (2.0, 1.5))
    return [
        (svg_text(Scene(10, 10, (sign,), "", "", say.lang, "none")), say(f"plan.key.{kind}"))
        for kind, sign in signs.items()
    ]


def _sites(document: PlanDocument, say: Words) -> dict[str, Any]:
    columns = sentences.table_columns(document)

    def row(site: Site, reason: Reason, reached: tuple[str, ...]) -> dict[str, Any]:
        key = "plan.reach.of_site_alone" if reached[2] == "0" else "plan.reach.of_site"
        people = say(key, people=reached[1], shared=reached[2])
        degrees = f"{site.latitude:.4f}, {site.longitude:.4f}"
        return {
            "order": str(site.order),
            "name": site.name,
            "detail": f"{degrees} · {sentences.site_place(site)} · {people}",
            "reason": sentences.reason_text(reason, say),
            "values": [sentences.cell_text(site, name, document, say) for name in columns],
        }

    return {
        "title": say("plan.table.caption"),
        "first": say("plan.col.site"),
        "columns": [say(f"plan.col.{name}") for name in columns],
        "rows": list(
            map(row, document.sites, document.reasons, sentences.reach_rows(document, say))
        ),
    }


def _departments(document: PlanDocument, say: Words) -> dict[str, Any]:
    columns = sentences.department_columns(document)
    heads = ("name", *columns, "share")
    return {
        "title": say("plan.departments"),
        "note": say("plan.departments.text", unit=document.unit.text(say)),
        "heads": [say(f"plan.departments.{name}") for name in heads],
        "rows": [
            (
                department.name,
                *(sentences.amount(getattr(department, name), say) for name in columns),
                sentences.share_text(department.share, say, 0),
            )
            for department in most_missed_first(document.departments)
        ],
    }
