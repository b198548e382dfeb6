"""Lists for planning, between the check and the planner.

They are the parts of :class:`maps.siting_request.OwnFiles`.

They live in a session. The planner gets places, minutes and shapes; points of demand pass the gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from data import load_province_population
from exports.spreadsheet import csv_text
from geo.cube import count_cube
from geo.disclosure import gate
from maps.own_demand import own_weights
from maps.own_records import MARK, OwnRecords, hold
from maps.said import said
from maps.siting_demand import Demand, own_demand
from maps.siting_places import places
from maps.siting_request import ListSource, OwnFiles
from maps.zones import Zones, zones_of
from messages import Words
from records.planning import columns_of
from records.reading import Checked, CheckedList
from records.refusal import Refusal
from records.report import Report
from records.schema import fold

WEIGHT_STEP = 5
"""Weights of a shown province are rounded to it, as counts are."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanningList:
    """One list that a session holds."""

    task: str
    """one of :data:`records.planning.TASKS`, or "records": the file of own records."""
    report: Report = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    """places: name, district_ubigeo, longitude, latitude, line, site_id; travel_times: from, to,
    minutes; points, records: none, only what the gate shows of them."""
    file: str = ""
    """name of the file it came in, one line without control or direction signs."""
    refusal: Mapping[str, Any] | None = None
    """why nothing was taken of it (:meth:`records.refusal.Refusal.as_dict`)."""
    zones: Zones | None = field(default=None, repr=False)
    weights: Mapping[str, float] = field(default_factory=dict, repr=False)
    """points only: weight of each shown province."""
    own: OwnRecords | None = field(default=None, repr=False)
    """records only."""

    @property
    def is_usable(self) -> bool:
        """Whether the planner may have it: a zone that is left out would send people there."""
        whole = self.task != "zones" or self.report.left_out_count == 0
        is_sound = self.refusal is None and self.report.is_accepted and whole
        return is_sound and (self.task != "points" or bool(self.weights))

    @property
    def source(self) -> ListSource:
        """How a plan names it."""
        return ListSource(self.task, self.file, self.report.row_count, self.report.used_count)


def hold_list(checked: CheckedList, task: str, *, today: date, file: str = "") -> PlanningList:
    """Turn a checked list into what a session keeps of it.

    Parameters
    ----------
    checked : CheckedList
    task : str
    today : date
        The year under which points are counted for the gate.
    file : str
        Name of the file, as it may be shown.

    Raises
    ------
    Refusal
        Zones that take too long to be held against the places.
    """
    frame = pd.DataFrame(checked.rows)
    report = checked.report.without_values()
    held = PlanningList(task, report, frame[:0], file)
    if frame.empty:
        return held
    if task == "zones":
        if held.is_usable:
            held = replace(held, zones=zones_of(checked.rows, report.used_count))
            held.zones.measure()  # type: ignore[union-attr]
        return held
    if task == "points":
        return replace(held, weights=_shown_weights(frame, today))
    return replace(held, rows=_places(frame, task))


def hold_records(checked: Checked, *, today: date, file: str = "") -> PlanningList:
    """Turn checked records into what a session keeps of them, under the task "records".

    Parameters
    ----------
    checked : Checked
    today : date
        Decides the years of the counts (:func:`maps.own_records.hold`).
    file : str
        Name of the file, as it may be shown.
    """
    report = checked.report.without_values()
    own = hold(checked, today=today) if report.is_accepted else None
    return PlanningList("records", report, pd.DataFrame(), file, own=own)


def refused_list(task: str, file: str, refusal: Refusal) -> PlanningList:
    """A file of which nothing was taken, as a session keeps it until it is discarded."""
    return PlanningList(task, Report(), pd.DataFrame(), file, refusal=refusal.as_dict())


def own_files(lists: Mapping[str, PlanningList]) -> OwnFiles:
    """Hand the usable lists of a session to the planner, by task; demand is chosen apart."""
    usable = {task: one for task, one in lists.items() if one.is_usable}
    candidates = usable.get("candidates")
    services = usable.get("services")
    times = usable.get("travel_times")
    zones = usable.get("zones")
    listed = None if candidates is None else candidates.rows
    return OwnFiles(
        candidates=listed,
        services=None if services is None else services.rows,
        travel_times=None if times is None else _with_codes(times.rows, listed),
        zones=None if zones is None else zones.zones,
        sources=tuple(one.source for one in usable.values()),
    )


def demand_of_records(own: OwnRecords) -> Demand | None:
    """Own records as demand, from the shown counts; None if all are hidden.

    Invented records say so in the unit and in the assumptions, which travel into every file.
    """
    return _demand(own_weights(own), "own record", is_invented=own.is_invented)


def demand_of_points(points: PlanningList) -> Demand | None:
    """A list of points as demand, by shown provinces; None if all are hidden."""
    return _demand(points.weights, "own weight", is_invented=False)


def list_template(task: str, say: Words) -> bytes:
    """The headings of a list as CSV, in the language of the page."""
    names = [say(f"planning.heading.{name}") for name in columns_of(task)]
    return b"\xef\xbb\xbf" + csv_text(names, ()).encode("utf-8")


def _demand(weights: Mapping[str, float], unit: str, *, is_invented: bool) -> Demand | None:
    if not weights:
        return None
    mark = f" ({MARK})" if is_invented else ""
    found = own_demand(weights, unit=unit + mark)
    told = (
        *found.assumptions,
        said("siting.demand.own.shown", count=len(weights)),
        said("siting.demand.own.spread"),
        *((said("siting.demand.own.invented"),) if is_invented else ()),
    )
    return replace(found, assumptions=told, is_invented=is_invented)


def _places(frame: pd.DataFrame, task: str) -> pd.DataFrame:
    if task == "travel_times":
        return frame[["from", "to", "minutes"]]
    frame = frame.copy()
    code = frame["district_ubigeo"]
    frame["own_code"] = code
    if task == "services":
        # a directory has several in a district, and nobody refers to one by its name
        frame["name"], frame["district_ubigeo"] = "", ""
    else:
        # several candidates of a district need other codes than the district's
        frame.loc[code.duplicated(keep=False), "district_ubigeo"] = ""
        unnamed = frame["name"] == ""
        frame.loc[unnamed, "name"] = frame.loc[unnamed, "site_id"]
        # a name that is another's number or code: the planner would refuse the list
        uses = pd.concat([frame["name"], frame["district_ubigeo"]]).value_counts()
        shared = (frame["name"] != "") & (frame["name"].map(uses) > 1)
        lines = " (" + frame["line"].astype(str) + ")"
        frame.loc[shared, "name"] = frame.loc[shared, "name"] + lines[shared]
    columns = ["name", "district_ubigeo", "longitude", "latitude", "line", "site_id", "own_code"]
    return frame[columns].reset_index(drop=True)


def _with_codes(times: pd.DataFrame, candidates: pd.DataFrame | None) -> pd.DataFrame:
    """Travel times to the codes that the planner gives its candidates."""
    if candidates is None:
        return times
    known: dict[str, str] = {}
    for row in candidates.to_dict("records"):
        code = row["district_ubigeo"] or row["name"] or f"line-{row['line']}"
        shared = (candidates["own_code"] == row["own_code"]).sum() > 1
        for name in (row["site_id"], row["name"], "" if shared else row["own_code"]):
            if name:
                known.setdefault(fold(str(name)), code)
    return times.assign(to=[known.get(fold(name), name) for name in times["to"]])


def _shown_weights(points: pd.DataFrame, today: date) -> dict[str, float]:
    """Weights of the provinces whose number of points the gate shows, rounded to 5.

    One point with a large weight lifts no province: points are counted, weights only added up.
    """
    bare = points["province_ubigeo"] == ""
    codes = points["province_ubigeo"].to_numpy(dtype=object, copy=True)
    if bare.any():
        from maps.siting_question import nearest_place

        lost = points[bare]
        near = nearest_place(lost["longitude"].to_numpy(float), lost["latitude"].to_numpy(float))
        codes[bare.to_numpy()] = [code[:4] for code in places().ubigeo[near]]
    frame = pd.DataFrame({"province_ubigeo": codes, "year": today.year})
    card = {
        "name": "own_points",
        "sources": [{"title": "lista propia de la organización / the organisation's own list"}],
        "licence": "de la organización / the organisation's",
        "row_count": len(frame),
    }
    frame.attrs.update(tier="T2", card=card)
    provinces = load_province_population()["province_ubigeo"]
    cube = gate(count_cube(frame, provinces=provinces, years=[today.year]), "T2")
    shown = set(cube.loc[~cube["is_suppressed"], "province_ubigeo"])
    total = points["weight"].astype(float).groupby(codes).sum()
    rounded = (np.round(total / WEIGHT_STEP) * WEIGHT_STEP).loc[lambda one: one > 0]
    return {str(code): float(value) for code, value in rounded.items() if code in shown}
