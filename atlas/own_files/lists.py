"""Own lists that a session holds: places, minutes, shapes, and the records that passed the gate."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import shapely

from atlas.own_files.isolation import CheckedFile, run_in_subprocess
from atlas.own_files.places import gazetteer
from atlas.own_files.planning import columns_of
from atlas.own_files.records import OwnRecords, hold
from atlas.own_files.report import Report
from atlas.tables import opened_csv
from atlas.words import Message, Words, message
from data.readers.limits import ZONES_BYTES
from data.readers.schema import TRAVEL_HEADINGS

ON_THE_SAFE_SIDE = 1.01
"""Factor of a buffer: the analysis CRS is off by up to 1 % at the borders."""
_NUMBER = r"\s*[^\W\d_]{0,3}[-.\s]{0,2}\d+\s*"
"""25, A1, N-25: what a list has for its rows"""
MOST_DETAIL = 60_000
"""characters of a value of a sentence, also in a saved plan: all districts of the country, named"""


@dataclass(frozen=True, slots=True)
class ListSource:
    """A list that a planner brought, as the plan names it."""

    task: str
    """one of :data:`atlas.own_files.planning.LISTS`, or "records" where they are the demand."""
    file: str
    """name of its file, one line without control signs; escape it."""
    rows: int
    rows_used: int
    sha256: str = ""
    """of the bytes that were handed in: a saved plan knows its list again by it."""

    @property
    def digest(self) -> str:
        """Name of the list in files that leave: its own name may be a person's."""
        return self.sha256[:6] or "–"


@dataclass(frozen=True, slots=True, eq=False)
class Zones:
    """Zones where no site may lie."""

    wkb: str = field(repr=False)
    """as the child has written them, of a list or of a saved plan."""
    count: int
    holes_km: tuple[float, ...] = ()
    """of each of their holes the distance of its farthest place from every zone."""
    touched: str = ""
    """the provinces that each zone touches, as one line."""
    widened: str = ""
    """the districts whose zone is a larger area, by its name: they have no outline of their own."""
    provinces: tuple[str, ...] = ()
    """names of the provinces that they touch."""
    areas: tuple[str, ...] = ()
    """INEI's code of each zone that is an area by name."""
    _known: dict[tuple[float, float], float] = field(default_factory=dict, repr=False)
    _surrounded: set[tuple[float, float]] = field(default_factory=set, repr=False)
    """of the places that are known those inside a hole."""

    @property
    def digest(self) -> str:
        """Return the hash that tells a table of travel times which zones it was made with.

        Letters only: eight digits in a row would look like an identity number.
        """
        digits = hashlib.sha256(self.wkb.encode()).hexdigest()[:16]
        return digits.translate(str.maketrans("0123456789", "ghijklmnop"))

    def __or__(self, other: Zones) -> Zones:
        """Return the zones of both files: a later file never opens an earlier zone."""
        parts = shapely.get_parts(shapely.from_wkb([self.wkb, other.wkb]))
        texts = [
            "; ".join(filter(None, (getattr(self, name), getattr(other, name))))[:MOST_DETAIL]
            for name in ("touched", "widened")
        ]
        wkb, holes = shapely.geometrycollections(parts).wkb_hex, self.holes_km + other.holes_km
        provinces = tuple(dict.fromkeys(self.provinces + other.provinces))
        known = {
            point: min(km, other._known[point])
            for point, km in self._known.items()
            if point in other._known
        }
        touched, widened = texts
        count = self.count + other.count
        areas = self.areas + other.areas
        surrounded = {*self._surrounded, *other._surrounded}
        return Zones(wkb, count, holes, touched, widened, provinces, areas, known, surrounded)

    def measure(self, points: np.ndarray | None = None) -> None:
        """Measure at once all that a page needs: shipped places and map points (n, 2), degrees."""
        shipped = np.array(list(gazetteer().positions.values()))
        every = shipped if points is None else np.concatenate([shipped, points])
        self.distance_km(*every.T)

    def open_holes(self, buffer_km: float) -> int:
        """Count the holes with a place farther than the buffer from every zone."""
        return sum(km > buffer_km * ON_THE_SAFE_SIDE for km in self.holes_km)

    @property
    def is_of_districts(self) -> bool:
        """Whether every zone is a district by name."""
        return len(self.areas) == self.count and all(len(area) == 6 for area in self.areas)

    def is_elsewhere(self, codes: np.ndarray) -> np.ndarray:
        """Return which districts, by code, shape (n,), are certainly in no zone.

        All zones must be named areas, and none of them the district's. A zone is half a kilometre
        wider than its area, so the capital of the next district may lie within it.
        """
        if len(self.areas) < self.count:
            return np.zeros(len(codes), bool)
        from data.geography import mother_districts

        mothers = mother_districts()
        areas = tuple({code for area in self.areas for code in (area, mothers.get(area, area))})
        return np.array([not str(code).startswith(areas) for code in codes], bool)

    def distance_km(self, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        """Return kilometres from places to the nearest zone, asking the child once for each place.

        UserError: the child has too much to do.
        """
        asked = list(zip(longitude.tolist(), latitude.tolist(), strict=True))
        lost = [place for place in asked if place not in self._known]
        if lost:
            self._known.update(zip(lost, self._ask(lost), strict=True))
        return np.array([self._known[place] for place in asked])

    def is_surrounded(self, longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
        """Return which places are in a hole of a zone, so that travellers cross it."""
        self.distance_km(longitude, latitude)
        asked = zip(longitude.tolist(), latitude.tolist(), strict=True)
        return np.array([place in self._surrounded for place in asked], bool)

    def _ask(self, points: list[tuple[float, float]]) -> list[float]:
        longitude, latitude = zip(*points, strict=True)
        asked = json.dumps({"wkb": self.wkb, "longitude": longitude, "latitude": latitude})
        answer = run_in_subprocess(asked.encode(), "distances", largest=ZONES_BYTES)
        self._surrounded.update(points[at] for at in answer["surrounded"])
        km: list[float] = answer["km"]
        return km


@dataclass(frozen=True, slots=True, eq=False)
class PlanningList:
    """One list that a session holds."""

    task: str
    """one of :data:`atlas.own_files.planning.LISTS`, or "records": the file of own records."""
    report: Report = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    """candidates, services, travel times; of records only what the gate shows."""
    file: str = ""
    refusal: Message | None = None
    """why it was refused."""
    zones: Zones | None = field(default=None, repr=False)
    own: OwnRecords | None = field(default=None, repr=False)
    parts: tuple[ListSource, ...] = ()
    """the files that it was read from."""
    content: bytes = field(default=b"", repr=False)
    """the file itself, only while nobody has confirmed how it is read."""
    to_confirm: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """what somebody may confirm, as :func:`atlas.own_files.isolation.check_file` takes it."""
    asked: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    """of zones what else their file holds (:class:`atlas.own_files.zone_content.Asked`), until
    somebody confirms that it says nothing of them."""

    @property
    def is_usable(self) -> bool:
        """Whether the planner may use it: a zone that is left out would send people there."""
        whole = self.task not in ("zones", "areas") or self.report.left_out_count == 0
        return self.refusal is None and self.report.is_accepted and whole


def hold_list(
    checked: CheckedFile, task: str, *, today: date, file: str, content: bytes
) -> PlanningList:
    """Turn a checked list, or checked records, into the part that a session stores.

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
        extent = row["touched"], row["widened"], tuple(row["provinces"]), tuple(row["areas"])
        zones = Zones(row["wkb"], report.used_count, tuple(row["holes_km"]), *extent)
        return replace(planning_list, zones=zones)
    if task == "zones" or frame.empty:
        return planning_list
    return replace(planning_list, rows=_places(frame, task))


def with_earlier(new: PlanningList, before: PlanningList | None) -> PlanningList:
    """Add a new file's travel times or zones to earlier ones; a new pair replaces an old one."""
    if before is None or new.task not in ("travel_times", "zones") or not new.is_usable:
        return new
    zones = before.zones | new.zones if before.zones and new.zones else None
    rows = new.rows if zones else add_travel_times(before.rows, new.rows)
    report = replace(
        new.report,
        row_count=before.report.row_count + new.report.row_count,
        used_count=before.report.used_count + new.report.used_count,
    )
    file, parts = f"{before.file} + {new.file}", (*before.parts, *new.parts)
    return replace(new, rows=rows, report=report, file=file, zones=zones, parts=parts)


def add_travel_times(before: pd.DataFrame | None, table: pd.DataFrame) -> pd.DataFrame:
    """Tables of two files as one; where both have a pair, the later file's minutes hold."""
    if before is None:
        return table
    pairs, new = (pd.MultiIndex.from_frame(times[["from", "to"]]) for times in (before, table))
    return pd.concat([before[~pairs.isin(new)], table], ignore_index=True).fillna("")


def refused_list(task: str, file: str, refusal: Message) -> PlanningList:
    """Return a list without rows for a refused file."""
    return PlanningList(task, Report(), pd.DataFrame(), file, refusal=refusal)


def unconfirmed_list(file: str, content: bytes, report: Report) -> PlanningList:
    """Return a list without rows for a file of records whose columns need confirming."""
    refusal = message("records.refusal.unconfirmed")
    report = report.without_values()
    return PlanningList("records", report, pd.DataFrame(), file, refusal=refusal, content=content)


def list_template(task: str, say: Words) -> bytes:
    """Return the headings of a list as CSV, in the language of the page."""
    return opened_csv((say(f"planning.heading.{name}") for name in columns_of(task)), ())


def _places(frame: pd.DataFrame, task: str) -> pd.DataFrame:
    if task == "travel_times":
        named = [f"{end}_place" for end in ("from", "to")]
        frame = frame.assign(**{name: frame.get(name, "") for name in named}).fillna("")
        named = named if frame[named].any(axis=None) else []
        return frame[[*TRAVEL_HEADINGS, *(["zones"] if "zones" in frame else []), *named]]
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
        # a number is no name: such a place is called by its town
        unnamed = (frame["name"] == "") & ~frame["site_id"].str.fullmatch(_NUMBER)
        frame.loc[unnamed, "name"] = frame.loc[unnamed, "site_id"]
        # make a name unique that is another's number or code: the planner would refuse the list
        uses = pd.concat([frame["name"], frame["district_ubigeo"]]).value_counts()
        shared = (frame["name"] != "") & (frame["name"].map(uses) > 1)
        lines = " (" + frame["line"].astype(str) + ")"
        frame.loc[shared, "name"] = frame.loc[shared, "name"] + lines[shared]
    columns = ["name", "kind", "district_ubigeo", "longitude", "latitude", "line", "site_id"]
    columns += ["cost"] if "cost" in frame and frame["cost"].notna().any() else []
    return frame[[*columns, "own_code"]].reset_index(drop=True)


def row_codes(rows: pd.DataFrame) -> np.ndarray:
    """Return each place's code in plans and tables: its district, else its name, number or line."""
    numbers = rows["site_id"].where(rows["site_id"] != "", "line-" + rows["line"].astype(str))
    names = rows["name"].where(rows["name"] != "", numbers)
    return rows["district_ubigeo"].where(rows["district_ubigeo"] != "", names).to_numpy(str)
