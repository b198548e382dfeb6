"""Own lists that a session holds: places, minutes and shapes; points of demand pass the gate."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from atlas.own_files.isolation import CheckedFile
from atlas.own_files.planning import columns_of
from atlas.own_files.records import OwnRecords, gated_cube, hold, shown_by_province, unplaced_count
from atlas.own_files.report import Report
from atlas.planner.candidates import Zones
from atlas.planner.demand import Demand, nearest_place, own_demand, places
from atlas.planner.question import ListSource, OwnFiles
from atlas.tables import opened_csv
from atlas.words import Message, Words, message
from data.planning_files import add_travel_times
from data.readers.schema import TRAVEL_HEADINGS

WEIGHT_STEP = 5
"""Weights of a shown province are rounded to it, as counts are."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanningList:
    """One list that a session holds."""

    task: str
    """one of :data:`atlas.own_files.planning.LISTS`, or "records": the file of own records."""
    report: Report = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    """candidates, services, travel times; of points and records only what the gate shows."""
    file: str = ""
    refusal: Message | None = None
    """why it was refused."""
    zones: Zones | None = field(default=None, repr=False)
    weights: Mapping[str, float] = field(default_factory=dict, repr=False)
    own: OwnRecords | None = field(default=None, repr=False)
    parts: tuple[ListSource, ...] = ()
    """the files that it was read from."""
    content: bytes = field(default=b"", repr=False)
    """the file itself, only while nobody has confirmed how it is read."""
    to_confirm: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """of zones what somebody may confirm, as :func:`atlas.own_files.zones.read_zones` takes it."""

    @property
    def is_usable(self) -> bool:
        """Whether the planner may use it: a zone that is left out would send people there."""
        whole = self.task not in ("zones", "areas") or self.report.left_out_count == 0
        is_sound = self.refusal is None and self.report.is_accepted and whole
        return is_sound and (self.task != "points" or bool(self.weights))


def hold_list(
    checked: CheckedFile, task: str, *, today: date, file: str, content: bytes
) -> PlanningList:
    """Turn a checked list, or checked records, into what a session keeps of it.

    Of ``content``, the bytes that were handed in, only the SHA-256 is kept.
    """
    report = checked.report.without_values()
    digest = hashlib.sha256(content).hexdigest()
    part = ListSource(task, file, report.row_count, report.used_count, digest)
    frame = pd.DataFrame() if task == "records" else pd.DataFrame(checked.rows)
    planning_list = PlanningList(task, report, frame[:0], file, parts=(part,))
    if task == "records":
        own = hold(checked, today=today) if report.is_accepted else None
        return replace(planning_list, own=own)
    if task == "zones" and planning_list.is_usable and len(frame):
        row = checked.rows[0]
        holes = tuple(row["holes_km"])
        zones = Zones(row["wkb"], report.used_count, holes, row["touched"], row["widened"])
        zones.measure()
        return replace(planning_list, zones=zones)
    if task == "zones" or frame.empty:
        return planning_list
    if task == "points":
        return replace(planning_list, weights=_shown_weights(frame, today))
    return replace(planning_list, rows=_places(frame, task))


def with_earlier(new: PlanningList, before: PlanningList | None) -> PlanningList:
    """Add the travel times of a new file to those of earlier files; a new pair replaces an old
    one."""
    if before is None or new.task != "travel_times" or not new.is_usable:
        return new
    rows = add_travel_times(before.rows, new.rows)
    report = replace(
        new.report,
        row_count=before.report.row_count + new.report.row_count,
        used_count=before.report.used_count + new.report.used_count,
    )
    file, parts = f"{before.file} + {new.file}", (*before.parts, *new.parts)
    return replace(new, rows=rows, report=report, file=file, parts=parts)


def refused_list(task: str, file: str, refusal: Message) -> PlanningList:
    """Return a file of which nothing was taken."""
    return PlanningList(task, Report(), pd.DataFrame(), file, refusal=refusal)


def unconfirmed_list(file: str, content: bytes, report: Report) -> PlanningList:
    """Return a file of records of which nothing is taken until somebody confirms its columns."""
    refusal = message("records.refusal.unconfirmed")
    report = report.without_values()
    return PlanningList("records", report, pd.DataFrame(), file, refusal=refusal, content=content)


def own_files(lists: Mapping[str, PlanningList]) -> OwnFiles:
    """Return the usable lists of a session for the planner; demand is chosen apart."""
    usable = {task: own_list for task, own_list in lists.items() if own_list.is_usable}
    rows = {task: own_list.rows for task, own_list in usable.items()}
    return OwnFiles(
        candidates=rows.get("candidates"),
        services=rows.get("services"),
        travel_times=rows.get("travel_times"),
        areas=rows.get("areas"),
        zones=usable["zones"].zones if "zones" in usable else None,
        sources=tuple(part for own_list in usable.values() for part in own_list.parts),
    )


def demand_of_records(own: OwnRecords) -> Demand | None:
    """Return own records as demand, the shown totals of all years by province; None if the gate
    hides all."""
    weights = {str(code): float(count) for code, count in shown_by_province(own, None).items()}
    missing = unplaced_count(own) or own.counts.attrs["hidden_as"]
    demand = own_demand(weights, is_invented=own.is_invented, missing=str(missing))
    return demand if weights else None


def demand_of_points(points: PlanningList) -> Demand | None:
    """Return a list of points as demand, by shown provinces; None if the gate hides all."""
    return own_demand(points.weights, "own weight") if points.weights else None


def list_template(task: str, say: Words) -> bytes:
    """Return the headings of a list as CSV, in the language of the page."""
    return opened_csv((say(f"planning.heading.{name}") for name in columns_of(task)), ())


def _places(frame: pd.DataFrame, task: str) -> pd.DataFrame:
    if task == "travel_times":
        return frame[[*TRAVEL_HEADINGS, *(["zones"] if "zones" in frame else [])]]
    if task == "areas":
        return frame
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
        # make a name unique that is another's number or code: the planner would refuse the list
        uses = pd.concat([frame["name"], frame["district_ubigeo"]]).value_counts()
        shared = (frame["name"] != "") & (frame["name"].map(uses) > 1)
        lines = " (" + frame["line"].astype(str) + ")"
        frame.loc[shared, "name"] = frame.loc[shared, "name"] + lines[shared]
    columns = ["name", "kind", "district_ubigeo", "longitude", "latitude", "line", "site_id"]
    columns += ["cost"] if "cost" in frame and frame["cost"].notna().any() else []
    return frame[[*columns, "own_code"]].reset_index(drop=True)


def _shown_weights(points: pd.DataFrame, today: date) -> dict[str, float]:
    """Return by province the points that the gate shows times their mean weight, rounded to 5: one
    point with a large weight lifts no province."""
    bare = points["province_ubigeo"] == ""
    codes = points["province_ubigeo"].to_numpy(dtype=object, copy=True)
    if bare.any():
        lost = points[bare]
        near = nearest_place(lost["longitude"].to_numpy(float), lost["latitude"].to_numpy(float))
        codes[bare.to_numpy()] = [code[:4] for code in places().ubigeo[near]]
    frame = pd.DataFrame({"province_ubigeo": codes, "year": today.year})
    title = "lista propia de la organización / the organisation's own list"
    cube = gated_cube(frame, [today.year], name="own_points", title=title)
    counts = pd.Series(cube.attrs["period_totals"], dtype=float)
    mean = points["weight"].astype(float).groupby(codes).mean()
    # of the printed count: rounded by itself a sum of equal weights would reveal the exact one
    weights = WEIGHT_STEP * np.round(mean * counts / WEIGHT_STEP)
    return {str(code): float(value) for code, value in weights.items() if value > 0}
