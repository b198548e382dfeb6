"""The print sheet of a plan as PDF: map, figures, sites, departments, assumptions."""

from __future__ import annotations

import math
from typing import Any

import shapely

from atlas.drawing.small_maps import ground
from atlas.own_files.records import MARK
from atlas.paper.brief_document import TEMPLATES, sheet_values, svg_text
from atlas.planner import sentences
from atlas.planner.document import PlanDocument, Site
from atlas.planner.reach import drawn_areas
from atlas.results.places import places
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
    say = words(lang)
    title = f"{sentences.headline(document, say)}."
    notice = f"{say('siting.notice')} {say('plan.print.modelled')}"
    kind = say("plan.print.kind")
    mark = MARK if document.is_invented else ""
    drawn = Scene(_MAP_WIDTH, _MAP_HEIGHT, tuple(_map(document, say)), title, notice, lang)
    obeyed = [
        (say("plan.lists"), text[0].upper() + text[1:])
        for text in sentences.list_texts(document, say)
    ]
    word, why = sentences.confidence(document, say)
    notes = [f"{word}. {why}" if word else why, *sentences.left_out_text(document, say)]
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
            "notes": [*notes, *sentences.notes(document, say)],
            "asked": [*sentences.question_rows(document, say), *obeyed],
            "sites": _sites(document, say),
            "departments": _departments(document, say),
            "assumptions": {
                "title": say("plan.assumptions"),
                "items": document.texts(document.assumptions, say),
            },
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
    areas = drawn_areas((site.area for site in document.sites), view, 0.1)
    items += paths(shapely.union_all(areas), fill=_REACHED)
    items += [item for area in areas for item in paths(area, stroke=COVERED, width=0.8, dash=_DASH)]
    towns, top = places(), max(place.weight for place in document.places)
    index = {code: at for at, code in enumerate(towns.ubigeo.tolist())}
    for place in sorted(document.places, key=lambda place: -place.weight):
        at = index[place.ubigeo]
        x, y = view.at(float(towns.longitude[at]), float(towns.latitude[at]))
        radius = max(0.75, _LARGEST * math.sqrt(place.weight / top))
        # a rim would swallow a small dot
        rim = "#ffffff" if radius > 1.6 else None
        fill = COVERED if place.served >= 0.5 else MISSED
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
    if document.has_areas:
        signs["area"] = Disc(5, 5, 4, _REACHED, COVERED, 0.9, (2.0, 1.5))
    way = sentences.way(document.radius, document.radius_unit, say)
    return [
        (
            svg_text(Scene(10, 10, (sign,), "", "", say.lang, "none")),
            say(f"plan.key.{kind}{'.' + document.radius_unit if kind == 'area' else ''}", way=way),
        )
        for kind, sign in signs.items()
    ]


def _sites(document: PlanDocument, say: Words) -> dict[str, Any]:
    columns = ("added", "load", "stability")

    def row(site: Site) -> dict[str, Any]:
        cells = sentences.site_cells(site, document, say)
        degrees = f"{site.latitude:.4f}, {site.longitude:.4f}"
        return {
            "order": str(site.order),
            "name": site.name,
            "detail": f"{degrees} · {sentences.site_place(site)}",
            "reason": sentences.site_text(site, document, say),
            "note": document.own_notes.get(site.code, ""),
            "values": [cells[name] for name in columns],
        }

    return {
        "title": say("plan.table.caption"),
        "first": say("plan.col.site"),
        "columns": [say(f"plan.col.{name}") for name in columns],
        "rows": list(map(row, document.sites)),
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
            for department in sentences.most_missed_first(document.departments)
        ],
    }
