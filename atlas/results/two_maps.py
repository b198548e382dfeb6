"""Say what changed between two maps side by side, or why no change is shown."""

from __future__ import annotations

import pandas as pd

from atlas.results.coverage_dates import registry_name
from atlas.results.history import change_sentence
from atlas.results.sentences import cautions_of
from atlas.results.trends import country_sentences, country_trend
from atlas.results.years import change_for
from atlas.view import AREA_MEASURES, LEVELS, NO_REPORTS, View, is_counted
from atlas.words import Words
from data.comparing import change_obstacle, comparable_with
from data.periods import REGISTRIES, Period, default_period, periods_of


def two_at_first(view: View) -> View:
    """Return a view with the second map that opens first: the farthest with a readable change.

    Departments in a period that cannot be compared give way to the newest whole year of their
    registry that can be, beside the farthest from it. Where there are none, the second is the
    registry's latest full year before the view's, else the atlas' first period; below the
    department one that has what is shown there.
    """
    period = view.period
    known = periods_of(REGISTRIES[view.registry])
    whole = [other for other in known if not other.is_part_year and not other.is_pooled]
    offered = list(comparable_with(period))
    if not offered and view.level == LEVELS[0]:
        for later in reversed(whole):
            if earlier := [other for other in whole if not change_obstacle(other, later)]:
                return view.changed(period=later, second=view.changed(period=earlier[0]))
    offered = offered or [other for other in whole if other.end < period.start][-1:]
    offered = offered or [default_period()]
    if view.area_measure not in AREA_MEASURES:
        offered = [other for other in offered if is_counted(view.level, other)] or offered
    farthest = max(offered, key=lambda other: abs(_year(other) - _year(period)))
    return view.changed(second=view.changed(period=farthest))


def in_time_order(view: View) -> View:
    """Return a view whose first map, the left, has the earlier of two periods of one registry."""
    second = view.second
    if second is None or second.registry != view.registry:
        return view
    if second.period.start >= view.period.start:
        return view
    return view.changed(period=second.period, second=second.changed(period=view.period))


def _year(period: Period) -> int:
    return int(period.start[:4])


def change_of(view: View) -> pd.DataFrame | None:
    """Return the change from the earlier map to the later (``change_for``).

    None where none is read: of other registries, bases or levels, and below the department.
    """
    return None if obstacle_of(view) else change_for(*_in_time(view))


def _in_time(view: View) -> tuple[Period, Period]:
    other = view.second.period if view.second else view.period
    before, after = sorted((view.period, other), key=lambda period: period.start)
    return before, after


def obstacle_of(view: View) -> str:
    """Return why no change is shown between the two maps; "" if one is.

    One of registry, areas (what is drawn), period and late.
    """
    second = view.second
    if second is None or second.registry != view.registry:
        return "registry"
    is_of_departments = {view.level, second.level} == {LEVELS[0]}
    if NO_REPORTS in view.overlays or not is_of_departments or second.base != view.base:
        return "areas"
    obstacle = change_obstacle(*_in_time(view))
    return "period" if obstacle in ("overlap", "months") else obstacle


def answer_lines(view: View, say: Words) -> tuple[str, list[str]]:
    """Say what changed between the maps, the country first, or why not; then the cautions."""
    obstacle, (before, after) = obstacle_of(view), _in_time(view)
    if obstacle:
        late = [_name(period, say) for period in (before, after) if not period.bears_a_trend]
        values = {"late": say.list(late)}
        for name, side in (("first", view), ("second", view.second or view)):
            values[f"{name}_registry"] = registry_name(side.registry, say)
            values[f"{name}_unit"] = say(f"unit.{side.period.unit}.plural")
        return say(f"two.{obstacle}", **values), []
    table = change_for(before, after)
    country = country_sentences(country_trend(before, after), say)
    parts = [change_sentence(table, say)]
    chosen = table[table["department_ubigeo"] == view.department]
    for row in chosen[~chosen["verdict"].isin(("rose", "fell"))].itertuples():  # not named yet
        verdict = say(f"focos.change.verdict.{row.verdict}")
        parts.insert(0, say("two.department", name=row.department, verdict=verdict))
    return " ".join((*country, *parts)), cautions_of((before, after), say)


def _name(period: Period, say: Words) -> str:
    return say(f"period.{period.code}.short")
