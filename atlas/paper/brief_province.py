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
    years_chart,
)
from atlas.paper.picture import map_picture, require_not_public
from atlas.results.province import (
    Province,
    department_line,
    province,
    province_context,
    province_results,
)
from atlas.results.sentences import (
    card_sentence,
    flag_lines,
    interval_text,
    ratio_text,
    verdict_text,
)
from atlas.view import BASES, area_view
from atlas.words import Words, words
from data.geography import load_provinces
from data.periods import MAIN, Period
from geo.errors import UserError


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
    view = area_view(code, period, BASES[0], say).changed(
        overlays=USUAL_LAYERS if layers is None else layers
    )
    picture = map_picture(view)
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
        "context": province_context(about, say),
        "flags": flag_lines(period.at("provinces"), list(row["flags"]), say, area=code),
        "map": {"svg": "", "alt": f"{picture.title}. {picture.subtitle}. {sentence}"},
        **legend_values(picture, say),
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
        "years": years_chart(code, period, say),
        "sure": [
            say("brief.years.note"),
            say("brief.province.years", years="; ".join(_years(about, say))),
        ],
        "end": end_values(link, lines, cite_text(name, period, say), say),
    }
    if pages > 1:
        others = [list_values(part, say) for part in right_lists(about.department_ubigeo, say)]
        for other in others:
            other["heading"] = f"{about.department}: {other['heading']}"
        values |= {
            "history": history_values(code, period, [], say),
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


def _by_prosecutors(about: Province, say: Words) -> Check:
    """They publish by department: its figure, named as such."""
    question = say("brief.check.registry", registry=say(f"registry.{MAIN}"))
    return Check(question, say("brief.province.not_published"), department_line(about, say), False)


def _years(about: Province, say: Words) -> list[str]:
    """Each year with its count, margin and conclusion, in words."""
    lines = []
    for period, row in about.years:
        parts = [say.number(row["reported_count"])]
        if margin := interval_text(row, say):
            parts += [say("brief.province.times", ratio=ratio_text(row["smr"], say)), margin]
        lines.append(f"{period.code}: {', '.join([*parts, verdict_text(row, say)])}")
    return lines


def _towns(about: Province, say: Words) -> Section:
    entries = tuple(
        (name, say("brief.province.town.people", people=say.number(count)))
        for name, count in about.towns
    )
    return Section(say("brief.province.towns.title"), say("brief.province.towns.note"), entries)
