"""The static map of a view: gated figures, colours, names and cautions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Literal

import pandas as pd
from babel.dates import format_date

from atlas.citation import elsewhere
from atlas.drawing.areas import (
    area_column,
    area_frame,
    area_palette,
    area_results,
    drawn_overlays,
    has_reports,
    measure_title,
    shown_measure,
    with_full_outlines,
)
from atlas.drawing.legend import CHANGED, map_heading, pair_legends, picture_legend
from atlas.drawing.overlays import (
    RIM_SHARES,
    bundles,
    density_image,
    density_rims,
    has_hairlines,
    is_internal,
    name_ranks,
    overlay_shapes,
    value_text,
)
from atlas.drawing.small_maps import ground
from atlas.overlays import OVERLAY_OF
from atlas.results.areas import dimmed_areas
from atlas.results.compare import compared_beside
from atlas.results.coverage_dates import cut_text
from atlas.results.figures import Figures
from atlas.results.help_places import known_places
from atlas.results.regions import outlines_credit
from atlas.results.sentences import (
    flag_lines,
    mining_years,
)
from atlas.results.story import CountryStory
from atlas.results.two_maps import answer_lines, change_of
from atlas.settings import ServerTier, current
from atlas.view import BASES, LEVELS, MINED, NO_REPORTS, RATIO_MEASURES, View
from atlas.words import Words, words
from data.context import (
    load_mining_cells,
    load_named_places,
)
from data.geography import load_departments, load_neighbours, load_towns
from data.periods import NOT_RANKED, Period
from geo.density.isopleths import DEFAULT_SHARES
from geo.errors import DisclosureError, UserError
from geo.excess import Verdict
from layers.density import label_places
from layers.mining import UNWATCHED
from layers.palette import HATCH, MATCHED, QUIET, dim, few_ground, shown_class
from layers.picture.record import MapPicture, Mark, Region, RouteLine
from layers.picture.scene import Scene
from layers.picture.sheet import Form, map_sheet, pair_sheet
from layers.picture.svg import scene_svg
from layers.picture.typeset import PRINT_PX, scene_png
from layers.places import by_place
from layers.route_lines import route_look

SUFFIXES = (".png", ".svg")
MOST_NAMED = 5
"""areas with more than expected that a title names; more are counted"""
MERGED_DEGREES = 0.22
"""places nearer than this are one ring on the map of the country."""
_HAIRLINE = 0.6
"""width of a line of one route alone beside the density, as in frame.css"""
_MOST_NAMED = 12
"""areas below the department that meet the conditions and are named"""
MARKS = {"†": "depends_on_denominator", "*": "few_reports"}
"""flag of a department behind the mark of caution that its name bears."""


def picture_bytes(
    view: View,
    suffix: str,
    *,
    form: Form = "page",
    width_px: int | None = None,
    address: str = "",
    made: date | None = None,
    with_isopleths: bool = False,
) -> bytes:
    """Return the map of a view, or its two maps side by side, as a picture (".png" or ".svg").

    It always shows the whole country.

    ``form`` is a page, a slide of 1920 x 1080 pixels ("wide") or an upright picture of 1080 x 1350
    ("tall"); ``width_px`` another width. ``address`` is the link that shows the same and ``made``
    the day: both stand in the picture where they are given. Raises ParameterError for another kind
    of file, a width that cannot be drawn, or two maps in another form than a page. Instead of an
    address of this computer, which leads nobody else anywhere, it says how to open it.
    ``with_isopleths`` draws the areas of 25 to 90 % of the modelled reports.
    """
    require_not_public(view)
    if view.second is not None:
        if form != "page":
            raise UserError("picture.refusal.two", shape=form)
        sheet = partial(_pair_sheet, view, with_isopleths)
        return _written(sheet, view.lang, suffix, width_px, address, made)
    picture = map_picture(view, with_marks=True, with_isopleths=with_isopleths)
    least_px = PRINT_PX if form == "page" else 0
    return _written(_sheet_of(picture, form), view.lang, suffix, width_px, address, made, least_px)


def require_not_public(view: View) -> None:
    """Raise DisclosureError on the public tier for a view with named zones, places or services."""
    if is_internal(view) and current() is ServerTier.PUBLIC:
        raise DisclosureError(
            "zones, places and services are for use within an organisation. On the public tier "
            "draw density, mining or routes"
        )


def _sheet_of(picture: MapPicture, form: Form) -> Callable[[list[str]], Scene]:
    return lambda origin: map_sheet(replace(picture, source=(*picture.source, *origin)), form)


def _written(
    sheet: Callable[[list[str]], Scene],
    lang: str,
    suffix: str,
    width_px: int | None,
    address: str,
    made: date | None,
    least_px: int = PRINT_PX,
) -> bytes:
    if suffix.lower() not in SUFFIXES:
        raise UserError("picture.refusal.suffix", suffix=suffix, allowed=", ".join(SUFFIXES))
    say = words(lang)
    address = elsewhere(address)
    address = address if "://" in address else ""  # half an address leads nowhere
    day = format_date(made, "long", locale=lang) if made else ""
    origin = ": ".join(filter(None, [day and say("picture.made", date=day), address]))
    scene = sheet([origin] if origin else [])
    # two pixels a unit; what is no slide is wide enough for a page in print
    width_px = width_px or max(round(2 * scene.width), least_px)
    if suffix.lower() == ".svg":
        return scene_svg(scene, width_px=width_px)
    return scene_png(scene, width_px=width_px)


def pair_pictures(view: View, *, with_isopleths: bool = False) -> list[MapPicture]:
    """The two maps of a view; on both an outline is of what changed from one to the other."""
    say, change = words(view.lang), change_of(view)
    outlines: dict[str, Literal["above", "below"]] = {}
    if change is not None:
        verdicts = zip(change["department_ubigeo"], change["verdict"], strict=True)
        outlines = {code: CHANGED[kind] for code, kind in verdicts if kind in CHANGED}
    pictures = []
    for each in (view, view.second_map or view):
        picture = map_picture(each, with_marks=True, with_isopleths=with_isopleths)
        regions = (
            replace(area, outline=outlines.get(area.code, "none")) for area in picture.regions
        )
        title, subtitle = map_heading(each, say)
        pictures.append(replace(picture, title=title, subtitle=subtitle, regions=tuple(regions)))
    return pictures


def _pair_sheet(view: View, with_isopleths: bool, origin: list[str]) -> Scene:
    """The two maps of a view side by side, under what changed from one to the other."""
    say, change = words(view.lang), change_of(view)
    pictures = pair_pictures(view, with_isopleths=with_isopleths)
    legends = pair_legends(view, change, say, [picture.legend for picture in pictures])
    answer, cautions = answer_lines(view, say)
    sources = dict.fromkeys(line for picture in pictures for line in picture.source)
    return pair_sheet(pictures, legends, answer, " ".join(cautions), [*sources, *origin])


def map_picture(
    view: View,
    *,
    towns_of: str | None = None,
    with_marks: bool = False,
    with_isopleths: bool = False,
    is_light: bool = False,
) -> MapPicture:
    """Everything that the static map of a view shows; a chosen department is marked.

    ``is_light`` is for a screen: the light outlines.

    ``towns_of`` is the department whose larger towns are named as well. ``with_marks`` marks the
    names of departments that a caution concerns: a picture that travels alone has no card that
    could say them. Below the department the areas beyond the expected are named.
    """
    say = words(view.lang)
    is_below = view.level != LEVELS[0]
    drawn = drawn_overlays(view)
    marks = _marks(view, say, towns_of)
    is_marked = with_marks and not is_below
    flags = [flag for row in area_results(view)["flags"] for flag in row] if is_marked else []
    # a ratio of few reports is hatched
    cautions = {
        mark: say(f"flag.{flag}")
        for mark, flag in MARKS.items()
        if flag in flags and not (mark == "*" and view.measure == "smr")
    }
    is_density = "density" in drawn
    rims = {}
    if is_density or with_isopleths:
        rims = density_rims(view, DEFAULT_SHARES if with_isopleths else RIM_SHARES)
    marks += tuple(
        Mark(say.percent(percent / 100), *label_places(rims, percent)[0], "isopleth")
        for percent in rims
    )
    legend = picture_legend(
        view,
        say,
        tuple(cautions.items()),
        has_estimates=any(mark.kind == "estimate" for mark in marks),
        has_isopleths=with_isopleths,
    )
    legend = replace(legend, notes=(*legend.notes, *_cautions(flags, view.period, say)))
    if is_below:
        title, subtitle = measure_title(view, say), legend.scale.note
        legend = replace(legend, scale=replace(legend.scale, note=""))
    else:
        title = say(f"picture.title.{view.measure}")
        unit = say(f"unit.{view.period.unit}.plural")
        subtitle = say("picture.subtitle", unit=unit, period=say(f"period.{view.period.code}"))
    finding, margin = finding_title(view, say)
    if finding:
        end = "" if title.endswith("?") else "."
        title, subtitle = finding, f"{margin}{title}{end} {subtitle}"
    return MapPicture(
        lang=view.lang,
        title=title,
        subtitle=subtitle,
        ground=ground(),
        regions=tuple(_regions(view, say, cautions, is_light=is_light)),
        cells=_cells() if "mining" in drawn else (),
        routes=_routes(view) if "routes" in drawn else (),
        marks=marks,
        isopleths=tuple(rims.items()),
        legend=legend,
        source=(
            say("picture.caveat"),
            source_line(view, say),
            *([say("picture.internal")] if with_marks and is_internal(view) else []),
        ),
        density=density_image(view) if is_density else None,
        shapes=tuple(
            shape
            for code, overlay in OVERLAY_OF.items()
            if code in drawn and overlay.looks
            for shape in overlay_shapes(code, say)
        ),
        services=tuple(
            (row.longitude, row.latitude, row.is_approximate)
            for row in (known_places().itertuples() if "services" in drawn else ())
        ),
    )


def finding_title(view: View, say: Words) -> tuple[str, str]:
    """Return the finding of a map as its title, with the margin of a ratio; "" without reports.

    The title has the figure of the marked area, else the areas with more than expected.
    """
    if NO_REPORTS in view.overlays or not has_reports(view):
        return "", ""
    base = view.base if view.level == LEVELS[0] else BASES[0]
    country = CountryStory(view.period, base, view.level)
    above, period = country.above, say(f"period.{view.period.code}")
    marked = {LEVELS[0]: view.department, LEVELS[1]: view.province}.get(view.level)
    if marked or len(above) == 1:
        figures = country.area(marked) if marked else above[0]
        measure, wording = shown_measure(view), figures.wording(say)
        known = ""
        if measure in RATIO_MEASURES and figures.is_tested:
            reason = wording["reason"]
            known = wording("picture.finding.margin")
            known += f" {reason[:1].upper()}{reason[1:]}. " if reason else " "
        return _area_finding(figures, measure, say), known
    if len(above) > MOST_NAMED:
        count, level = len(above), say(f"level.{view.level}").lower()
        return say("picture.finding.many", count=count, level=level, period=period), ""
    if not above:
        return say(f"picture.finding.none.{view.level}", period=period), ""
    names = say.list(figures.name for figures in above)
    return say("picture.finding.several", names=names, period=period), ""


def _area_finding(figures: Figures, measure: str, say: Words) -> str:
    """Write the figure of the measure with its unit, and any conclusion except "more"."""
    wording = figures.wording(say)
    if not figures.is_tested:
        return wording("picture.finding.untested")
    if measure == "count":
        figure = wording["counted"]
    else:
        figure = wording("picture.finding.rate" if measure == "rate" else "picture.finding.times")
    conclusion = "" if figures.verdict == Verdict.ABOVE else f", {wording['verdict']}"
    return f"{wording['name']}: {figure}{conclusion}, {wording['period']}"


def source_line(view: View, say: Words) -> str:
    """Registry, period, population, other denominator, borders and licence in one line."""
    is_below = view.level != LEVELS[0]
    is_by_offences = not is_below and view.measure in RATIO_MEASURES and view.base != BASES[0]
    reports = say(
        f"picture.source.{view.period.unit}",
        period=say(f"period.{view.period.code}"),
        cut=cut_text(view.period, say) if view.period.is_by_prosecutors else "",
    )
    parts = [
        *([reports] if has_reports(view) else []),
        *([say("picture.source.offences")] if is_by_offences else []),
        say("picture.ground", outlines=outlines_credit(say)),
    ]
    drawn = {
        *drawn_overlays(view),
        *(["mining"] if is_below and view.area_measure in MINED else []),
    }
    keys = (overlay.source_key for code, overlay in OVERLAY_OF.items() if code in drawn)
    parts += [say(key, span=mining_years()) for key in keys if key]
    return " ".join(parts)


def _regions(
    view: View, say: Words, cautions: Iterable[str], *, is_light: bool
) -> Iterator[Region]:
    """Departments with name and figure; of areas below them those beyond the expected have both."""
    is_below, is_quiet = view.level != LEVELS[0], NO_REPORTS in view.overlays
    # below the department the quiet areas are the departments, without their names
    drawn = view.changed(level=LEVELS[0]) if is_quiet else view
    palette, column, measure = area_palette(drawn), area_column(drawn), shown_measure(drawn)
    frame = area_frame(drawn)
    if not is_light:
        frame = with_full_outlines(frame, drawn.level)
    period = drawn.period.at(drawn.level) if has_reports(drawn) else drawn.period
    ranks = {} if is_below else name_ranks(frame, column)
    dimmed = dimmed_areas(view)
    # the few that meet the conditions are named
    are_named = is_below and 0 < len(frame) - len(dimmed) <= _MOST_NAMED
    marked = {view.province} if is_below else {view.department, *compared_beside(view)}
    for row in frame.to_dict("records"):
        code, verdict = str(row["area_ubigeo"]), str(row.get("verdict", ""))
        fill = palette.color(shown_class(palette, row[column], verdict, row.get("flags", ())))
        few = few_ground(fill)
        if is_quiet:
            fill, few, verdict = QUIET, None, ""
        fill = few or fill
        if is_dimmed := code in dimmed:
            fill, verdict = fill if fill == HATCH else dim(fill), ""
        elif dimmed and fill == QUIET and not is_quiet:
            fill = MATCHED
        is_told, is_marked = verdict == "above" or not is_below, code in marked
        is_named = is_told or is_marked or (are_named and not is_dimmed)
        has_value = is_told and not is_quiet and not is_dimmed
        flags = row.get("flags", ())
        cautioned = "".join(mark for mark in cautions if MARKS[mark] in flags)
        yield Region(
            code=code,
            name=f"{row['area']}{cautioned}" if is_named else "",
            value=value_text(Figures.of(row, period), measure, say) if has_value else "",
            geometry=row["geometry"],
            fill=None if fill == HATCH else fill,
            is_few=few is not None and not is_dimmed,
            outline=verdict if verdict in ("above", "below") else "none",
            is_marked=is_marked,
            rank=ranks.get(code, 0),
        )


def _cells() -> tuple[tuple[float, float, float], ...]:
    cells = load_mining_cells()[["longitude", "latitude", "mined_ha"]]
    return tuple(cells.itertuples(index=False, name=None))


def _routes(view: View) -> tuple[RouteLine, ...]:
    """Return the bundles of routes; those of the department are highlighted."""
    lines = []
    for leg in bundles():
        color, width = route_look(len(leg.route_ids))
        is_pale = len(leg.route_ids) == 1 and view.department not in leg.departments
        if is_pale and has_hairlines(view):
            width = _HAIRLINE
        # a picture is seen from farther away than a screen: lines a fifth thinner
        lines.append(
            RouteLine(leg.start, leg.end, leg.is_known, color, round(width * 0.8, 2), is_pale)
        )
    return tuple(lines)


def _cautions(flags: list[str], span: Period, say: Words) -> list[str]:
    """Return cautions for most departments, or for a hatched one, as text and not as signs."""
    mismatched = flags.count("denominator_mismatch")
    notes = flag_lines(span, [NOT_RANKED], say) if NOT_RANKED in flags else []
    return [*notes, *([say("public.mismatch", count=mismatched)] if mismatched else [])]


def _marks(view: View, say: Words, towns_of: str | None) -> tuple[Mark, ...]:
    """Names for the map of a view, the most important first.

    With ``towns_of`` the larger towns of a department are named and all capitals; without it
    places that would print on top of each other are one.
    """
    departments = load_departments(simplified=True)
    marks = _places(say) if "places" in view.overlays else []
    if towns_of is None:
        marks = _merged(marks, departments)
    named = {mark.name for mark in marks}
    for row in departments.itertuples():
        # on the map of the country a capital that is called like its department needs no name
        is_shown = row.capital != row.department or row.department_ubigeo == towns_of
        if is_shown and row.capital not in named:
            marks.append(Mark(row.capital, row.capital_longitude, row.capital_latitude, "capital"))
            named.add(row.capital)
    if towns_of:
        towns = load_towns()
        largest = towns[towns["department_ubigeo"] == towns_of].nlargest(6, "population")
        for row in largest.itertuples():
            if row.name not in named:
                marks.append(Mark(row.name, row.longitude, row.latitude, "capital"))
    name = "country_es" if view.lang == "es" else "country"
    spots = {"BRA": (-70.6, -7.2), "BOL": (-68.1, -15.1), "COL": (-72.2, -1.2),
             "ECU": (-78.4, -1.6), "CHL": (-69.6, -18.9)}  # fmt: skip
    for row in load_neighbours().to_dict("records"):
        if row["iso_a3"] in spots:
            marks.append(Mark(row[name], *spots[row["iso_a3"]], "country"))
    marks.append(Mark(say("map.ocean"), -80.0, -10.4, "ocean"))
    if "mining" in drawn_overlays(view):
        marks.append(Mark(say("mining.unwatched"), *UNWATCHED[0], "ocean"))
    return tuple(marks)


def _merged(marks: list[Mark], departments: pd.DataFrame) -> list[Mark]:
    """Places that would print on top of each other as one, under the capital's name if near.

    One called like a department has no name: the department's own stands there.
    """
    columns = ["capital", "capital_longitude", "capital_latitude"]
    capitals = list(departments[columns].itertuples(index=False, name=None))
    groups: list[list[Mark]] = []
    for mark in marks:
        for group in groups:
            if _near(mark, group[0].longitude, group[0].latitude):
                group.append(mark)
                break
        else:
            groups.append([mark])
    merged = []
    for group in groups:
        first = group[0]
        # a ring that stands for one place keeps that place's own name
        capital = min(
            (
                (math.hypot(first.longitude - x, first.latitude - y), name)
                for name, x, y in capitals
                if len(group) > 1 and _near(first, x, y)
            ),
            default=(0.0, first.name),
        )
        kind = "place" if any(mark.kind == "place" for mark in group) else "estimate"
        name = "" if capital[1] in set(departments["department"]) else capital[1]
        merged.append(Mark(name, first.longitude, first.latitude, kind, len(group)))
    return merged


def _near(mark: Mark, longitude: float, latitude: float) -> bool:
    return math.hypot(mark.longitude - longitude, mark.latitude - latitude) < MERGED_DEGREES


def _places(say: Words) -> list[Mark]:
    frame = load_named_places()
    if say.lang == "es":
        frame["place"] = frame["place_es"]
    marks = []
    for longitude, latitude, names, rows in by_place(frame):
        kind = "estimate" if rows["is_estimate"].all() else "place"
        marks.append((len(rows), Mark(names[0], longitude, latitude, kind)))
    marks.sort(key=lambda pair: (-pair[0], pair[1].name))
    return [mark for _, mark in marks]
