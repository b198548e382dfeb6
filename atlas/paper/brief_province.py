"""The brief of a province as PDF: the template of a department's, with what is known of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import shapely

from atlas.drawing.overlays import is_internal
from atlas.paper.brief import (
    Check,
    Section,
    across_borders,
    check_of,
    large_numbers,
    right_lists,
)
from atlas.paper.brief_document import (
    PAGES,
    USUAL_LAYERS,
    caveats,
    cite_text,
    department_bounds,
    end_values,
    history_values,
    legend_values,
    list_values,
    set_brief,
    sheet_values,
    source_lines,
)
from atlas.paper.picture import map_picture, require_not_public
from atlas.results.history import MARGIN, axis, axis_end, on_axis
from atlas.results.province import Province, province, province_results
from atlas.results.sentences import (
    card_sentence,
    flag_lines,
    interval_text,
    mining_years,
    period_name,
    ratio_text,
)
from atlas.view import View
from atlas.words import Words, words
from data.geography import load_provinces
from data.periods import MAIN, Period
from geo.errors import UserError
from geo.excess import LEVEL, Verdict

_TOWNS_NAMED = 3


def province_brief_bytes(
    code: str,
    period: Period,
    *,
    lang: str,
    pages: int = 1,
    address: str = "",
    layers: tuple[str, ...] | None = None,
) -> bytes:
    """The brief of a province as a PDF of one A4 page or two; the same figures, the same bytes.

    ``period`` is one of :func:`data.periods.province_periods` (``asked_province_period``). Raises
    ParameterError for an unknown province or number of pages.
    """
    if pages not in PAGES:
        raise UserError("brief.refusal.pages", pages=pages)
    about, say = province(code), words(lang)
    results, row = province_results(code, period)
    view = View(
        lang=lang,
        period=period,
        level="provinces",
        area_measure="smr",
        department=about.department_ubigeo,
        overlays=USUAL_LAYERS if layers is None else layers,
    )
    picture = map_picture(view)
    regions = tuple(
        replace(region, is_marked=region.code == code, name=about.name, rank=0)
        if region.code == code
        else region
        for region in picture.regions
    )
    picture = replace(picture, regions=regions)
    if layers is not None and is_internal(view):
        require_not_public(view)
        picture = replace(picture, source=(*picture.source, say("picture.internal")))
    span = say(f"period.{period.code}")
    name = f"{about.name}, {about.department}"
    kind = " · ".join([say("brief.province.kind"), say(f"registry.{period.registry_code}"), span])
    sentence = card_sentence(row, results, say)
    lines = caveats(period, say)
    link = f"{address}/?{urlencode(view.link(), safe='/')}" if address else ""
    values: dict[str, Any] = {
        **sheet_values(f"{name}: {say('brief.province.kind')}, {span}", " ".join(lines), kind, say),
        "keywords": say("brief.keywords", name=name, period=span).split(", "),
        "pages": pages,
        "name": about.name,
        "seat": say("brief.province.seat", department=about.department),
        "numbers": large_numbers(row, say),
        "sentence": sentence,
        "context": _context(about, say),
        "flags": flag_lines(period.at("provinces"), list(row["flags"]), say, area=code),
        "map": {"svg": "", "alt": f"{picture.title}. {picture.subtitle}. {sentence}"},
        **legend_values(picture),
        "checks": {
            "title": say("brief.checks"),
            "items": [
                check._asdict()
                for check in (
                    check_of(row, say("brief.check.people"), say),
                    _by_prosecutors(about, say),
                    across_borders(period.at("provinces"), row, results, say),
                )
            ],
        },
        "sure": _sure(about, row, say),
        "end": end_values(link, lines, cite_text(name, period, say), say),
    }
    if pages > 1:
        others = [list_values(part, say) for part in right_lists(about.department_ubigeo, say)]
        for other in others:
            other["heading"] = f"{about.department}: {other['heading']}"
        values |= {
            "history": _history(about, period, say),
            "lists": {"left": [list_values(_towns(about, say), say)], "right": others},
            "sources": {"title": say("brief.sources"), "columns": source_lines(say)},
        }
    return set_brief(values, picture, _bounds(about))


def _bounds(about: Province) -> tuple[float, float, float, float]:
    """Of the province, or of its department where it has no outline."""
    shape = load_provinces().set_index("province_ubigeo").geometry.loc[about.code]
    if shape is None or shapely.is_empty(shape):
        return department_bounds(about.department_ubigeo)
    west, south, east, north = shape.bounds
    return west, south, east, north


def _context(about: Province, say: Words) -> list[str]:
    """Residents, mining, towns."""
    people = say.number(about.residents)
    mined = say.number(about.mined_ha, 0 if about.mined_ha >= 10 else 1)
    key = "brief.province.mining" if about.mined_ha else "brief.province.no_mining"
    named = [
        say("brief.province.town", name=name, people=say.number(count))
        for name, count in about.towns[:_TOWNS_NAMED]
    ]
    lines = [
        say("brief.province.residents", people=people, year=about.residents_year),
        say(key, ha=mined, span=mining_years()),
    ]
    return [*lines, say("brief.province.towns", towns=say.list(named))] if named else lines


def _by_prosecutors(about: Province, say: Words) -> Check:
    """They publish by department: its figure, named as such."""
    row, period = about.prosecutors, about.prosecutors_period
    detail = say(
        "brief.province.department",
        department=about.department,
        period=say(f"period.{period.code}"),
        count=say.number(row["reported_count"]),
        unit=say(f"unit.{period.unit}.plural"),
        verdict=say(f"verdict.{row['verdict']}"),
    )
    question = say("brief.check.registry", registry=say(f"registry.{MAIN}"))
    return Check(question, say("brief.province.not_published"), detail, False)


def _sure(about: Province, row: Any, say: Words) -> list[str]:
    """Why a margin without 1 is as expected, and the years."""
    lines = [say("brief.province.years", years="; ".join(_years(about, say)))]
    if row["verdict"] == Verdict.UNREMARKABLE and row["p_value"] < LEVEL:
        lines.insert(0, say("brief.province.one_of_many"))
    return lines


def _years(about: Province, say: Words) -> list[str]:
    """Each year with its count, margin and conclusion, in words."""
    lines = []
    for period, row in about.years:
        parts = [say.number(row["reported_count"])]
        if margin := interval_text(row, say):
            parts += [say("brief.province.times", ratio=ratio_text(row["smr"], say)), margin]
        lines.append(f"{period.code}: {', '.join([*parts, say(f'verdict.{row.verdict}')])}")
    return lines


def _history(about: Province, chosen: Period, say: Words) -> dict[str, Any]:
    end = axis_end(about.years, MARGIN)
    ticks = axis(end)
    lines = []
    for period, row in about.years:
        drawn = on_axis(row, MARGIN, end, say)
        lines.append(
            {
                "name": period_name(period, say).replace(" ⚑", " *"),
                "chosen": period.code == chosen.code,
                "count": say.number(row["reported_count"]),
                "text": drawn["text"],
                "span": drawn["span"],
                "places": list(drawn["places"] or ()),
                "verdict": str(row["verdict"]),
                "verdict_text": say(f"verdict.{row['verdict']}"),
            }
        )
    unit = f"{say(f'registry.{chosen.registry_code}')}: {say(f'unit.{chosen.unit}.plural')}"
    ends = f"{ticks[0][0]} – {ticks[-1][0]}"
    return history_values([{"unit": unit, "ends": ends, "lines": lines}], [], say)


def _towns(about: Province, say: Words) -> Section:
    entries = tuple(
        (name, say("brief.province.town.people", people=say.number(count)))
        for name, count in about.towns
    )
    return Section(say("brief.province.towns.title"), say("brief.province.towns.note"), entries)
