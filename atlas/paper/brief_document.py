"""The brief of a department or province as PDF: values of its template, map, QR code."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import segno
import shapely

from atlas.citation import cite_text
from atlas.drawing.overlays import is_internal
from atlas.paper.brief import (
    Section,
    Subject,
    change_text,
    checks_of,
    first_up,
    large_numbers,
    left_lists,
    right_lists,
    subject_of,
)
from atlas.paper.picture import map_picture, require_not_public
from atlas.results.card import reported_now, rise_or_fall, than_elsewhere
from atlas.results.compare import beside_line
from atlas.results.coverage_dates import cuts_text, offence_years
from atlas.results.department_file import department_link
from atlas.results.figures import Figures, card_sentence, ranks_text
from atlas.results.help_places import nearest_text
from atlas.results.history import Line, history, years_of
from atlas.results.profile import who_line
from atlas.results.province import province_context
from atlas.results.regions import area_name, outlines_credit, touches
from atlas.results.sentences import mining_context, mining_years, robustness_line, where_counted
from atlas.results.trust import why_few
from atlas.settings import is_loopback
from atlas.version import version_text
from atlas.view import BASES, LEVELS
from atlas.words import Words, file_name
from data.geography import load_departments, load_provinces
from data.periods import MAIN, REGISTRIES, Period
from geo.errors import UserError
from geo.excess import Verdict
from layers.legend import Sign
from layers.palette import GROUND
from layers.picture.items import map_items
from layers.picture.legend import key_sign
from layers.picture.record import MapPicture
from layers.picture.scene import Item, Scene, View, box, fit, paths
from layers.picture.svg import scene_svg
from layers.picture.typeset import document_pdf, measured
from layers.picture.typography import ACCENT, LINE, PRODUCT, moved

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "paper"
SMALLEST_DEGREES = 2.2
"""least extent of a brief's map: around Callao it shows Lima as well."""
PAGES = (1, 2)
_MAP_WIDTH, _INSET = 296.0, 70.0
_SIGN = (22.0, 10.0)
"""width and height of a sign of the legend, points."""


def brief_file(
    area: str,
    period: Period,
    say: Words,
    address: str,
    pages: int = 1,
    look: Mapping[str, Any] | None = None,
    beside: str = "",
) -> tuple[str, Callable[[], bytes]]:
    """Return the name of a brief and the function that makes it."""
    registry = "" if period.registry_code == MAIN else say(f"file.{period.registry_code}")
    base = (look or {}).get("base", BASES[0])
    named = "" if base == BASES[0] else say(f"file.base.{base}")
    parts = (area_name(area), registry, named, period.code, f"{pages}p", say.lang)
    options = {"address": address, "pages": pages, "look": look, "beside": beside}
    make = partial(brief_bytes, area, period, lang=say.lang, **options)
    return f"{file_name(say, '', *parts)}.pdf", make


def brief_bytes(
    area: str,
    period: Period,
    *,
    lang: str,
    pages: int = 1,
    address: str = "",
    look: Mapping[str, Any] | None = None,
    beside: str = "",
) -> bytes:
    """Return the brief of an area as a PDF of one or two A4 pages; same figures, same bytes.

    ``area`` is an INEI code of two or four digits, ``period`` of a province one of
    :func:`data.periods.province_periods`. ``address`` (scheme and host) is that of the atlas whose
    link and QR code it carries: none where it is empty. ``look`` are fields of the view (LOOK):
    its base judges, the map has its measure, level and layers. ``beside`` are departments that a
    line compares a department with, as in a view ("neighbour", "alike" or their codes). Raises
    UserError for an unknown area or number of pages.
    """
    if pages not in PAGES:
        raise UserError("brief.refusal.pages", pages=pages)
    subject = subject_of(area, period, lang, address, look)
    values, picture = brief_values(subject, pages)
    if beside and subject.province is None:
        values["sure"].append(beside_line(area, beside, period, subject.say))
    template = TEMPLATES / "brief.typ"
    # the map takes the height that the words leave
    height = float(measured(template, values, "room"))
    values["map"]["svg"] = svg_text(_map(picture, subject.code, _bounds(subject), height))
    return document_pdf(template, values)


def sheet_values(title: str, subject: str, kind: str, say: Words, mark: str = "") -> dict[str, Any]:
    """Return title, language, head and foot of an A4 document."""
    return {
        "title": title,
        "subject": subject,
        "keywords": [],
        "lang": say.lang,
        "region": "PE" if say.lang == "es" else None,
        "brand": PRODUCT,
        "kind": kind,
        "mark": mark,
        "footer": say("brief.footer", version=version_text(say)),
        "page": say("brief.page", page="{page}", pages="{pages}"),
    }


def brief_values(subject: Subject, pages: int) -> tuple[dict[str, Any], MapPicture]:
    """Return the template's values, with the map still empty, and the map's content."""
    say, of = subject.say, subject.province
    view = subject.view
    picture = map_picture(view, towns_of=subject.code if of is None else None)
    if is_internal(view):
        require_not_public(view)
        picture = replace(picture, source=(*picture.source, say("picture.internal")))
    kind = say("brief.kind" if of is None else "brief.province.kind")
    registry = say(f"registry.{subject.period.registry_code}")
    head = " · ".join([kind, registry, subject.period_name])
    title = f"{subject.full_name}: {kind}, {subject.period_name}"
    keywords = say("brief.keywords", name=subject.full_name, period=subject.period_name)
    story, served = subject.story, subject.story.served(say)
    sentence, lines = (
        card_sentence(story.figures, say),
        caveats(subject.period, say),
    )
    values = {
        **sheet_values(title, " ".join(lines), head, say),
        "keywords": keywords.split(", "),
        "pages": pages,
        "name": story.figures.name,
        "seat": first_up(where_counted(subject.code, subject.period, say))
        if of is None
        else say("brief.province.seat", department=of.department),
        "numbers": large_numbers(story, say),
        "sentence": sentence,
        "context": _context(subject, is_short=bool(served) or pages > 1),
        # who counts whom is said by name, and first: without it the large number misleads
        "flags": [*served[:1], *story.cautions(say)],
        "map": {"svg": "", "alt": f"{picture.title}. {picture.subtitle}. {sentence}"},
        **legend_values(picture, say),
        "checks": {
            "title": say("brief.checks"),
            "items": [check._asdict() for check in checks_of(subject)],
        },
        "years": years_chart(subject.code, subject.period, story.base, say),
        "sure": _sure(subject, served),
        "end": end_values(_link(subject, view.link()), lines, _citation(subject, say), say)
        # two pages have it on their second, with the counts of all services
        | {"near": nearest_text(subject.code, say) if pages == 1 else ""},
    }
    if pages > 1:
        notes: list[str] = []
        if of is None:
            few = " ".join(why_few(subject.code, say))
            notes = [change_text(subject), who_line(subject.code, say), few, say("sides.why")]
        values |= {
            "history": history_values(subject.code, subject.period, story.base, notes, say),
            "lists": {
                "left": [list_values(part, say) for part in left_lists(subject)],
                "right": [list_values(part, say) for part in right_lists(subject)],
            },
            "sources": {"title": say("brief.sources"), "columns": source_lines(say)},
        }
    return values, picture


def _link(subject: Subject, query: Mapping[str, str]) -> str:
    """Return the address of the same card in the atlas; "" without an atlas address."""
    if not subject.address:
        return ""
    if subject.province is None and not subject.look:
        return department_link(subject.view, subject.address)
    return f"{subject.address}/?{urlencode(query, safe='/')}"


def legend_values(picture: MapPicture, say: Words) -> dict[str, Any]:
    """Return scales, signs and source of the map; how to read it is below on the page."""
    return {
        "scales": [
            {"title": scale.title, "colors": scale.colors, "ticks": scale.ticks}
            for scale in (picture.legend.scale, *picture.legend.more)
            if scale.colors
        ],
        "keys": [(sign_svg(key), text) for key, text in picture.legend.keys],
        "source": " ".join(line for line in picture.source if line != say("picture.caveat")),
    }


def svg_text(scene: Scene) -> str:
    """A scene as the text that a template reads."""
    return scene_svg(scene).decode("utf-8")


def sign_svg(key: Sign) -> str:
    """The sign of one entry of a legend."""
    items = tuple(moved(key_sign(key), 0, _SIGN[1] / 2))
    return svg_text(Scene(*_SIGN, items, "", "", "es", "none"))


def _context(subject: Subject, *, is_short: bool) -> list[str]:
    say = subject.say
    story = subject.story
    if subject.province is not None:
        ranks = filter(None, [ranks_text(story.figures, say)])
        return [*ranks, *province_context(subject.province, say)]
    # the second page has mining and routes; a warning about who counts whom takes their room
    if is_short:
        return []
    lines = [mining_context(subject.code, say)]
    if count := len(touches(subject.code).routes):
        lines.append(say("card.routes_one" if count == 1 else "card.routes", count=count))
    return lines


def _sure(subject: Subject, served: list[str]) -> list[str]:
    say, story = subject.say, subject.story
    if subject.province is not None:
        years = subject.province.years
        years_text = "; ".join(_year(figures, say) for figures in years)
        if reason := next(
            (figures.wording(say)["reason"] for figures in years if figures.is_apart), ""
        ):
            years_text += f". * {first_up(reason)}"
        return [say("brief.years.note"), say("brief.province.years", years=years_text)]
    robust = robustness_line(subject.code, subject.period, story.base, say)
    parts = (say("brief.years.note"), robust)  # how often a doubling is missed stands above
    lines = [" ".join(filter(None, parts))]
    if served[1:]:
        lines.append(" ".join(served[1:]))
    answers = [*rise_or_fall(story, say)]
    if subject.period.is_by_prosecutors:  # one of the police asks the prosecutors in a box
        answers = [reported_now(story, say), than_elsewhere(story, say), *answers]
    lines.append(" ".join(answers))
    return lines


def _year(figures: Figures, say: Words) -> str:
    """Write a province's year in few words; an asterisk refers to the note below the years."""
    wording = figures.wording(say)
    ratio = [wording("brief.province.times"), wording["interval"]] if figures.is_tested else []
    verdict = f"{wording['verdict']}{'*' if figures.is_apart else ''}"
    return f"{figures.period.code}: {', '.join([wording['count'], *ratio, verdict])}"


def years_chart(area: str, chosen: Period, base: str, say: Words) -> list[dict[str, Any]]:
    """The reports of each registry that counts by year, a bar a year, for the first page."""
    blocks = []
    for registry, rows in years_of(area, base):
        if registry.step == "window":
            continue
        highest = max(1.0, *(of.count for of in rows))
        bars: list[dict[str, Any]] = [
            {
                "year": f"{of.period.code[:4]}{'*' if of.period.flags else ''}",
                "count": say.number(of.count),
                "share": of.count / highest,
                "is_above": of.verdict == Verdict.ABOVE,
                "chosen": of.period.at(LEVELS[0]) == chosen,
            }
            for of in rows
            if not math.isnan(of.count)
        ]
        known = {int(bar["year"][:4]) for bar in bars}
        gaps = {*range(min(known), max(known))} - known
        # a year without a figure keeps its place
        bars += [{"year": str(year), "count": ""} for year in gaps]
        bars.sort(key=lambda bar: bar["year"])
        title = say(
            "brief.years.of",
            registry=say(f"registry.{registry.code}"),
            unit=say(f"unit.{registry.unit}.plural"),
        )
        blocks.append({"title": title, "bars": bars})
    return blocks


def end_values(link: str, lines: list[str], cite: str, say: Words) -> dict[str, Any]:
    """How to read it and to cite it, help lines, the link as words and as a QR code."""
    words, code = "", ""
    if link:
        is_local = is_loopback(urlsplit(link).hostname)
        words = say("brief.link.local" if is_local else "brief.link")
        if not is_local:  # on another machine its code would lead nowhere
            out = io.BytesIO()
            segno.make(link, error="m", micro=False).save(out, kind="svg", border=0)
            code = out.getvalue().decode("utf-8")
    return {
        "title": say("brief.caveats"),
        "caveats": lines,
        "cite": f"{say('column.citation')}: {cite}",
        "link": words,
        "address": link,
        "qr": code,
        "qr_alt": link,
        "help": say("brief.help"),
    }


def _citation(subject: Subject, say: Words) -> str:
    title = say("brief.cite.title", name=subject.full_name, period=subject.period_name)
    return cite_text(title, say(f"brief.publisher.{subject.period.unit}"), say)


def caveats(period: Period, say: Words) -> list[str]:
    """Return the caveats of a brief of the period; its purpose is at the foot."""
    police = "" if period.is_by_prosecutors else ".police"
    return [say(f"brief.caveat.{code}") for code in ("1", f"2{police}", "3")]


def history_values(
    area: str, chosen: Period, base: str, notes: list[str], say: Words
) -> dict[str, Any]:
    """The table of years of the second page, a block a registry: two registries share no axis."""
    marks: dict[str, str] = {}

    def marked(line: Line) -> str:
        """The verdict; why it is no other stands once below, for the room of the lists."""
        text = say(f"verdict.{line.verdict}")
        if not line.reason:
            return text
        marks.setdefault(line.reason, "¹²³⁴⁵⁶⁷⁸⁹"[min(len(marks), 8)])
        return f"{text} {marks[line.reason]}"

    blocks = [
        {
            "unit": f"{block.registry}: {block.unit}",
            "ends": f"{block.ticks[0][0]} – {block.ticks[-1][0]}",
            "lines": [
                {
                    "chosen": line.is_chosen,
                    "count": line.count,
                    "text": line.axis.text,
                    "span": line.axis.span,
                    "verdict": line.verdict,
                    "verdict_text": marked(line),
                    "name": line.name.replace(" ⚑", " *"),
                    "places": list(line.axis.places or ()),
                }
                for line in block.lines
            ],
        }
        for block in history(area, base, chosen, say)
    ]
    heads = ("", "column.reported_count", "table.smr", "focos.change.range", "")
    notes = [say("card.history.how").replace("⚑", "*"), *notes]
    if marks:
        notes.insert(
            1,
            " ".join(f"{mark} {reason[0].upper()}{reason[1:]}." for reason, mark in marks.items()),
        )
    return {
        "title": say("brief.history"),
        "heads": [*(say(key) if key else "" for key in heads), say("column.verdict")],
        "blocks": blocks,
        "notes": [note for note in notes if note],
    }


def list_values(part: Section, say: Words) -> dict[str, Any]:
    """A list of the second page."""
    more = {"more": say("brief.more", count="{count}"), "more_one": say("brief.more", count=1)}
    return asdict(part) | more


def source_lines(say: Words) -> list[list[str]]:
    """Every table that a brief rests on, in two columns."""
    counts = [
        say(
            f"brief.source.{registry.unit}",
            years=offence_years(say)
            if registry.is_by_prosecutors
            else say(f"period.{registry.first}/{registry.last}"),
            cut=cuts_text(say),
        )
        for registry in REGISTRIES.values()
    ]
    others = [
        say("brief.source.population"),
        say("brief.source.mining", span=mining_years()),
        say("brief.source.ground", outlines=outlines_credit(say)),
        say("brief.source.rest"),
    ]
    return [counts, others]


def _map(
    picture: MapPicture, area: str, bounds: tuple[float, float, float, float], height: float
) -> Scene:
    view = fit(bounds, left=0, top=0, width=_MAP_WIDTH, height=height, padding=26)
    inset = _inset_view(picture, view, height)
    panel = inset.frame.buffer(3, join_style="mitre")
    sea = GROUND["light"]["sea"]
    left, top, right, bottom = panel.bounds
    items: list[Item] = [
        box(0, 0, _MAP_WIDTH, height, fill=sea),
        *map_items(picture, view, taken=(panel.buffer(3),), text_scale=0.86),
        box(left, top, right - left, bottom - top, fill="#ffffff", stroke=LINE, radius=4),
    ]
    for region in picture.regions:
        seen = shapely.simplify(inset.seen(region.geometry), 0.15)
        fill = ACCENT if region.code.startswith(area) else "#dad5cc"
        items += paths(seen, fill=fill, stroke="#ffffff", width=0.35)
    items.append(box(0.35, 0.35, _MAP_WIDTH - 0.7, height - 0.7, stroke=LINE, radius=5))
    return Scene(
        _MAP_WIDTH, height, tuple(items), picture.title, picture.subtitle, picture.lang, sea
    )


def _inset_view(picture: MapPicture, view: View, height: float) -> View:
    """Return the country's window in the corner where it hides least of the department."""
    country = shapely.total_bounds([region.geometry for region in picture.regions])
    marked = shapely.union_all(
        [view.seen(region.geometry) for region in picture.regions if region.is_marked]
    )
    places = [shapely.Point(view.at(mark.longitude, mark.latitude)) for mark in picture.marks]
    tall = _INSET * 1.36

    def hidden(corner: tuple[float, float]) -> float:
        left, top = corner
        panel = shapely.box(left - 3, top - 3, left + _INSET + 3, top + tall + 3)
        names = 60.0 * sum(panel.contains(place) for place in places)
        return float(panel.intersection(marked).area + names)

    lefts, tops = (9.0, _MAP_WIDTH - _INSET - 9), (height - tall - 9, 9.0)
    left, top = min(((left, top) for left in lefts for top in tops), key=hidden)
    return fit(tuple(country), left=left, top=top, width=_INSET, height=tall, padding=2)


def _bounds(subject: Subject) -> tuple[float, float, float, float]:
    """West, south, east, north of the area in degrees, SMALLEST_DEGREES wide and high at least.

    Of its department if it has no outline.
    """
    departments = load_departments(simplified=True).set_index("department_ubigeo").geometry
    shape = departments.loc[subject.code[:2]]
    if subject.province is not None:
        outline = load_provinces().set_index("province_ubigeo").geometry.loc[subject.code]
        shape = shape if outline is None or shapely.is_empty(outline) else outline
    west, south, east, north = shape.bounds
    wide = max(0.0, SMALLEST_DEGREES - (east - west)) / 2
    tall = max(0.0, SMALLEST_DEGREES - (north - south)) / 2
    return west - wide, south - tall, east + wide, north + tall
