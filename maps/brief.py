"""The brief of one department: gated figures and translated words for exports/brief_pdf.py."""

from __future__ import annotations

import math

import pandas as pd

from data import load_departments, load_package
from data.periods import LATEST_YEAR, PERIODS
from exports.brief import Brief, Check, Figure, HistoryGroup, HistoryRow
from exports.brief_pdf import brief_pdf
from geo.disclosure import gate
from geo.errors import ParameterError
from geo.excess import LEVEL
from maps.attribution import borders_source
from maps.brief_lists import left_lists, right_lists
from maps.figures_end import cuts_text, offence_years
from maps.hotspots import SCAN_REPLICAS, scan_table
from maps.mining_words import mining_context, mining_years
from maps.picture import map_picture
from maps.results import BASES, bases_of, results_for, touches
from maps.sentences import card_sentence, flag_texts, how_sure, interval_text, ratio_text
from maps.state import DEPARTMENTS, MapState
from maps.version import content_version
from messages import Words, words

SMALLEST_DEGREES = 2.2
"""least extent of a brief's map: around Callao it shows Lima as well."""
SEED = 1
"""of the maps that the scan draws."""
BAR_ENDS = (1 / 8, 16.0)
"""times the expected at both ends of a bar of the history, whose scale is logarithmic; the same
for every department."""


def brief_bytes(department: str, *, period: str = LATEST_YEAR, lang: str = "es") -> bytes:
    """The brief of a department as a PDF of two A4 pages.

    Parameters
    ----------
    department : str
        INEI code of two digits.
    period : str
        A code of ``data.periods.PERIODS``.
    lang : {"es", "en"}

    Raises
    ------
    ParameterError
        Unknown department or period.
    """
    return brief_pdf(brief_content(department, period=period, lang=lang))


def brief_content(department: str, *, period: str = LATEST_YEAR, lang: str = "es") -> Brief:
    """Everything that the brief of a department says; see :func:`brief_bytes`."""
    if department not in DEPARTMENTS:
        raise ParameterError(
            f"unknown department {department!r}: give its INEI code, "
            f"{DEPARTMENTS[0]} to {DEPARTMENTS[-1]}"
        )
    say = words(lang)
    results = results_for(period)
    row = results.set_index("department_ubigeo", drop=False).loc[department]
    unit = str(row["unit"])
    named = say(f"period.{period}")
    state = MapState(lang=lang, period=period, department=department)
    version = str(load_package()["version"])
    seats = touches(department).seats
    place = say("card.seat_one" if len(seats) == 1 else "card.seat_many", towns=say.list(seats))
    name = str(row["department"])
    return Brief(
        lang=lang,
        product="Atlas Trata Perú",
        kind=say("brief.kind"),
        name=name,
        seat=f"{place[0].upper()}{place[1:]}",
        period=named,
        picture=map_picture(state, towns_of=department),
        zoom=_zoom(department),
        figures=_figures(row, say),
        sentence=card_sentence(row, results, say),
        context=(mining_context(department, say), *_routes_context(department, say)),
        flags=tuple(flag_texts(list(row["flags"]), say)),
        check_heading=say("brief.checks"),
        checks=(
            *(_by_base(department, period, base, say) for base in BASES),
            _across_borders(department, period, say),
        ),
        check_note=f"{say('verdict.why')} {how_sure(row, period, say)}".strip(),
        caveat_heading=say("brief.caveats"),
        caveats=tuple(say(f"brief.caveat.{number}") for number in (1, 2, 3, 4)),
        history_heading=say("brief.history"),
        history_columns=(
            say("controls.period"),
            say("brief.history.count"),
            say("table.smr"),
            say("table.verdict"),
        ),
        history=_history(department, say),
        history_note=_history_note(say),
        left=left_lists(department, say),
        right=right_lists(department, say),
        help=say("brief.help"),
        sources_heading=say("brief.sources"),
        sources=(
            *(
                say(
                    f"brief.source.{each.unit}",
                    years=offence_years(say),
                    cut=cuts_text(say),
                )
                for each in (PERIODS[0], PERIODS[-1])
            ),
            say("brief.source.population"),
            say("brief.source.mining", span=mining_years()),
            say("brief.source.ground", borders=borders_source()),
            say("brief.source.rest"),
        ),
        cite_heading=say("brief.cite"),
        cite=say(
            "brief.cite.text",
            name=name,
            period=named,
            version=version,
            year=str(load_package()["created"])[:4],
            source=say(f"brief.publisher.{unit}"),
        ),
        footer=say("brief.footer", version=version, content=content_version()),
        page=say("brief.page", page="{page}", pages="{pages}"),
        keywords=say("brief.keywords", name=name, period=named),
    )


def _zoom(department: str) -> tuple[float, float, float, float]:
    table = gate(load_departments(simplified=True), "T1").set_index("department_ubigeo")
    west, south, east, north = table.geometry.loc[department].bounds
    wide = max(0.0, SMALLEST_DEGREES - (east - west)) / 2
    tall = max(0.0, SMALLEST_DEGREES - (north - south)) / 2
    return west - wide, south - tall, east + wide, north + tall


def _figures(row: pd.Series, say: Words) -> tuple[Figure, ...]:
    figures = [
        Figure(
            say.number(row["reported_count"]),
            say("brief.count", unit=say(f"unit.{row['unit']}.plural")),
        )
    ]
    if pd.notna(row["smr"]):
        figures.append(
            Figure(
                say("times", value=say.number(row["smr"], 1 if row["smr"] >= 10 else 2)),
                say("card.expected", expected=say.number(row["expected"], 1))
                + f"; {interval_text(row, say)}",
            )
        )
    figures.append(Figure(say.number(row["rate_per_100k"], 1), say("card.rate")))
    return tuple(figures)


def _routes_context(department: str, say: Words) -> tuple[str, ...]:
    count = len(touches(department).routes)
    if not count:
        return ()
    return (say("card.routes_one" if count == 1 else "card.routes", count=count),)


def _by_base(department: str, period: str, base: str, say: Words) -> Check:
    """Whether there is more than expected, by one denominator."""
    question = say(f"brief.check.{base}")
    if base not in bases_of(period):
        return Check(question, _first_up(say("verdict.untestable")), say("brief.no_base"), False)
    row = results_for(period, base).set_index("department_ubigeo").loc[department]
    answer = _first_up(say(f"verdict.{row['verdict']}"))
    if row["verdict"] == "untestable":
        return Check(question, answer, say("brief.untested"), False)
    detail = say(
        "brief.check.detail",
        count=say.number(row["reported_count"]),
        expected=say.number(row["expected"], 1),
        ratio=ratio_text(row["smr"], say),
        interval=interval_text(row, say),
    )
    return Check(question, answer, detail, row["verdict"] == "above")


def _across_borders(department: str, period: str, say: Words) -> Check:
    """Whether the department is part of an excess that crosses a border."""
    question = say("brief.check.scan")
    results = results_for(period).set_index("department_ubigeo")
    if results.loc[department, "verdict"] == "untestable":
        untested = _first_up(say("verdict.untestable"))
        return Check(question, untested, say("brief.untested"), False)
    for row in scan_table(period, seed=SEED, replicas=SCAN_REPLICAS).to_dict("records"):
        if department in row["departments"] and row["p_value"] < LEVEL:
            others = [code for code in row["departments"] if code != department]
            names = say.list(sorted(str(results.loc[code, "department"]) for code in others))
            kind = "group" if others else "alone"
            detail = say(
                f"brief.check.scan.{kind}.detail",
                names=names,
                observed=say.number(row["observed"]),
                expected=say.number(row["expected"], 1),
            )
            if results.loc[department, "smr"] <= 1:
                # a circle may take in a neighbour that has no excess of its own
                return Check(question, say("brief.check.scan.inside"), detail, False)
            return Check(question, say(f"brief.check.scan.{kind}"), detail, bool(others))
    return Check(question, say("brief.check.scan.no"), say("brief.check.scan.no.detail"), False)


def _first_up(text: str) -> str:
    return text[0].upper() + text[1:]


def _history_note(say: Words) -> str:
    note = say("brief.history.note", most=say.number(BAR_ENDS[1]))
    has_part = any(one.is_part_year for one in PERIODS)
    return f"{note} {say('brief.history.part')}" if has_part else note


def _bar_end(ratio: float) -> float:
    low, high = (math.log(end) for end in BAR_ENDS)
    return (min(max(math.log(max(ratio, BAR_ENDS[0])), low), high) - low) / (high - low)


def _history(department: str, say: Words) -> tuple[HistoryGroup, ...]:
    rows: dict[str, list[HistoryRow]] = {}
    for period in PERIODS:
        if period.is_pooled:
            continue
        row = results_for(period.code).set_index("department_ubigeo").loc[department]
        is_tested = pd.notna(row["smr"])
        is_flagged = {"lockdown", "year_flagged", "part_year"} & set(row["flags"])
        short = say(f"period.{period.code}.short").replace("⚑", "").strip()
        rows.setdefault(period.unit, []).append(
            HistoryRow(
                period=f"{short} *" if is_flagged else short,
                count=say.number(row["reported_count"]),
                ratio=say("times", value=say.number(row["smr"], 2)) if is_tested else "–",
                share=_bar_end(float(row["smr"])) if is_tested else None,
                expected_share=_bar_end(1.0),
                verdict=say(f"verdict.{row['verdict']}"),
            )
        )
    return tuple(
        HistoryGroup(
            say(f"unit.{unit}.plural").capitalize(), say(f"brief.publisher.{unit}"), tuple(found)
        )
        for unit, found in rows.items()
    )
