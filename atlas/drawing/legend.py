"""Build the legend of a view, live and on paper, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pandas as pd
from markupsafe import Markup

from atlas.drawing.areas import (
    area_keys,
    area_notes,
    drawn_overlays,
    has_reports,
    measure_name,
    measure_scale,
    measure_title,
    no_reports,
    scale_note,
)
from atlas.drawing.overlays import bundles
from atlas.html import render
from atlas.overlays import OVERLAY_OF
from atlas.results.areas import filter_text, is_filtered
from atlas.results.compare import compared_beside
from atlas.results.coverage_dates import registry_name
from atlas.results.density import (
    breaks_for,
    density_for,
    density_ticks,
    half_text,
    modelled_text,
)
from atlas.results.regions import results_for
from atlas.results.sentences import flag_lines, mining_years, superseded
from atlas.view import (
    LEVELS,
    NO_REPORTS,
    View,
    province_names,
)
from atlas.words import Words
from data.context import load_mining_cells
from layers.legend import Entry, LegendSpec, Scale
from layers.legend_html import legend_html, scale_html, sign_svg
from layers.mining import HECTARE_CLASSES
from layers.palette import CELL_COLORS, CELL_SIZES, density_glow
from layers.route_lines import MOST_COUNTED


def _density(view: View, say: Words) -> Scale:
    edges = breaks_for(density_for(view.period, bandwidth_km=view.bandwidth_km))
    note = modelled_text(view.period, say)
    return Scale(say("legend.density"), density_glow(), density_ticks(edges, say), note)


def report_legend(view: View, say: Words) -> LegendSpec:
    """Return scale, signs and small print of a view's areas, without overlays."""
    # beside the page the timeline and the card say what is counted, and when
    note = scale_note(view, say) if view.level != LEVELS[0] else ""
    # a registry that has one base alone has no control that says it
    scale = measure_scale(view, say, note, is_alone=not view.period.is_by_prosecutors)
    notes = [say("areas.pale", text=filter_text(view, say))] if is_filtered(view) else []
    notes += area_notes(view, say)
    return LegendSpec(scale, keys=tuple(area_keys(view, say)), notes=tuple(notes))


def map_heading(view: View, say: Words) -> tuple[str, str]:
    """Return the heading over one of two maps: registry, period and unit, and its measure."""
    if not has_reports(view):
        return measure_title(view, say), no_reports(view, say)
    title = say(
        "two.heading",
        registry=registry_name(view.registry, say),
        period=say(f"period.{view.period.code}.short"),
        unit=say(f"unit.{view.period.unit}.plural"),
    )
    return title, measure_title(view, say)


def pair_legends(
    view: View, change: pd.DataFrame | None, say: Words, specs: Sequence[LegendSpec]
) -> list[LegendSpec]:
    """The legends of a view's two maps; one for both where their scale is the same.

    On them an outline is of what changed (``change_of``), and no other has a sign. ``specs`` are
    the legends that each has alone.
    """
    verdicts = set() if change is None else set(change["verdict"])
    outlines = [key for verdict, key in changed_keys(say) if verdict in verdicts]
    legends = []
    for each, spec in zip((view, view.second_map or view), specs, strict=True):
        keys = [key for key in spec.keys if key[0] not in ("above", "below")]
        scale = replace(spec.scale, title=measure_name(each, say), note="")
        if NO_REPORTS in view.overlays:
            scale = spec.scale
        legends.append(replace(spec, scale=scale, keys=(*outlines, *keys)))
    first, second = legends
    if (first.scale, first.more) != (second.scale, second.more):
        return legends
    of_both = dict.fromkeys((*first.keys, *second.keys))
    notes = dict.fromkeys((*first.notes, *second.notes))
    return [replace(first, keys=tuple(of_both), notes=tuple(notes))]


CHANGED: dict[str, Literal["above", "below"]] = {"rose": "above", "fell": "below"}
"""verdicts of a change that are outlined, and as which verdict of a year"""


def changed_keys(say: Words) -> list[tuple[str, Entry]]:
    """Verdicts of a change that are outlined, each with its sign and words."""
    return [(name, (sign, say(f"picture.change.{name}"))) for name, sign in CHANGED.items()]


def overlay_legend(code: str, view: View, say: Words) -> LegendSpec:
    """Scale, signs and small print of an overlay on a map of a view."""
    keys = [(sign, say(key, span=mining_years())) for sign, key in OVERLAY_OF[code].signs]
    spec = LegendSpec(keys=tuple(keys))
    if code == "density":
        flags = {flag for row in results_for(view.period, view.base)["flags"] for flag in row}
        ranked = flag_lines(view.period, ["not_ranked"], say) if "not_ranked" in flags else []
        notes = (half_text(view.period, view.bandwidth_km, say), *ranked)
        return replace(spec, scale=_density(view, say), notes=notes)
    if code == "mining":
        notes = (say("legend.not_monitored"), *filter(None, [superseded(say)]))
        return replace(spec, scale=_mining(say), notes=(*notes, say("mining.no_cause")))
    if code == "routes":
        widths = {f"route_{min(len(leg.route_ids), MOST_COUNTED)}" for leg in bundles()}
        keys = [key for key in keys if key[0] in {*widths, "route_unknown"}]
        return LegendSpec(keys=tuple(keys), notes=(say("panel.routes.note"),))
    return spec


def _mining(say: Words) -> Scale:
    """Squares by their hectares."""
    return Scale(
        say("panel.mining.scale"),
        CELL_COLORS,
        tuple(say.number(edge) for edge in HECTARE_CLASSES[1:]),
        say("panel.mining.note", largest=say.number(load_mining_cells()["mined_ha"].max())),
        CELL_SIZES,
    )


def legend_body(spec: LegendSpec, say: Words, place: str) -> Markup:
    """Write scale and signs beside the live map; the name of a verdict opens what it means.

    ``place`` begins the ids of the terms: a page may have several legends.
    """
    verdicts = ("above", "below", "unremarkable", "untestable")
    means = {say(f"verdict.{verdict}"): say(f"term.{verdict}") for verdict in verdicts}
    means[say("legend.strong")] = say("term.above")
    keys = [(Markup(sign_svg(sign)), text, means.get(text, "")) for sign, text in spec.keys]
    drawn = Markup(scale_html(spec.scale))  # it escapes its texts
    return drawn + render("legend_keys", say, keys=keys, place=place)


def legend_for(view: View, say: Words) -> str:
    """Write the legend of a single map as HTML, with every text escaped."""
    spec = picture_legend(view, say, (), has_estimates=True)
    scale, *more = [spec.scale, *spec.more]
    if NO_REPORTS not in view.overlays:
        scale = replace(scale, note=scale_note(view, say))
    elif not scale.title:
        scale, *more = more or [Scale(say("legend.heading"), (), ())]
    return legend_html(
        replace(
            spec,
            scale=scale,
            more=tuple(more),
            keys=tuple(key for key in spec.keys if key[0] != "marked"),
            notes=(*spec.notes, say("map.caveat")),
            heading=say("legend.heading"),
        )
    )


def picture_legend(
    view: View,
    say: Words,
    cautions: tuple[Entry, ...],
    *,
    has_estimates: bool,
    has_isopleths: bool = False,
) -> LegendSpec:
    """Return the legend of a picture, with the caution marks that it has.

    ``has_isopleths``: the lines of 25 to 90 per cent are drawn, whatever lies over the areas.
    """
    drawn = drawn_overlays(view)
    # what is counted, and when, stands under the title
    spec = LegendSpec() if NO_REPORTS in view.overlays else report_legend(view, say)
    spec = replace(spec, scale=measure_scale(view, say, "")) if _is_measured(view) else spec
    keys = [key for key in spec.keys if key[0] != "zero" or view.level != LEVELS[0]]
    if view.department and view.level == LEVELS[0]:
        names = results_for(view.period).set_index("department_ubigeo")["department"]
        keys.insert(0, ("marked", say.list(names[[view.department, *compared_beside(view)]])))
    elif view.province and view.level == LEVELS[1]:
        keys.insert(0, ("marked", province_names()[view.province]))
    over = [overlay_legend(code, view, say) for code in OVERLAY_OF if code in drawn]
    more = tuple(replace(each.scale, note="") for each in over if each.scale.colors)
    of_overlays = (key for each in over for key in each.keys)
    keys += [key for key in of_overlays if has_estimates or key[0] != "estimate"]
    notes = [*([say("verdict.why")] if _is_measured(view) else []), *spec.notes]
    if has_isopleths:
        keys = [key for key in keys if key[0] not in ("isopleth_50", "isopleth_90")]
        keys.append(("isopleth", say("legend.isopleths")))
    if "density" in drawn or has_isopleths:
        notes.append(modelled_text(view.period, say))
    if "mining" in drawn or view.area_measure == "mined":
        notes += [say("legend.not_monitored"), *filter(None, [superseded(say)])]
    return replace(spec, keys=(*keys, *cautions), notes=tuple(notes), more=more)


def _is_measured(view: View) -> bool:
    return view.level == LEVELS[0] and NO_REPORTS not in view.overlays
