"""The one file of a plan: it opens as it was stored, alone; and refuses what is not ours."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import shapely

from atlas.own_files.isolation import CheckedFile
from atlas.own_files.lists import ListSource, hold_list
from atlas.own_files.zones import read_zones
from atlas.planner import plan_file
from atlas.planner.answer import document_of
from atlas.planner.files import SUFFIXES, plan_bytes, reach_bytes
from atlas.planner.plan_file import compute_again, open_plan, plan_zip
from atlas.planner.print_sheet import plan_pdf_bytes
from atlas.planner.question import OwnFiles
from atlas.results.places import places
from atlas.words import LANGUAGES, message, words
from data.readers.saved_plan import plan_values
from tests.planned import listed, planned, spot, zones_around
from tests.refusing import refused

pytestmark = pytest.mark.usefixtures("read_here")


def own_lists() -> OwnFiles:
    """Candidates, services and a zone, with the files that they came in."""
    zones = zones_around("150101").zones
    sources = tuple(
        ListSource(task, f"{task}.csv", 3, 3, "0" * 64)
        for task in ("candidates", "services", "zones")
    )
    return OwnFiles(
        candidates=listed(district_ubigeo=["080101", "210101", "170101"], cost=[5.0, 6.5, None]),
        services=listed(longitude=[-71.5], latitude=[-16.4], name=["Sede"]),
        zones=zones,
        sources=sources,
    )


OWN = own_lists()
TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    "asked", [{"second": "backup", "departments": ("08", "17")}, {"demand": "mining"}]
)
def test_a_plan_opens_as_it_was_stored(asked: dict[str, Any]) -> None:
    """The same document, and so the same bytes of every file and of the sheet."""
    before = planned(replicas=2, **asked)
    stored = open_plan(plan_zip(before))
    assert stored.document == before.model_copy(update={"candidates": {}})
    assert not stored.is_changed
    for lang in LANGUAGES:
        for suffix in SUFFIXES:
            say = words(lang)
            assert plan_bytes(stored.document, suffix, say) == plan_bytes(before, suffix, say)
        assert reach_bytes(stored.document, words(lang)) == reach_bytes(before, words(lang))
    assert plan_pdf_bytes(stored.document, "es") == plan_pdf_bytes(before, "es")
    assert plan_zip(stored.document) == plan_zip(before)


def test_a_plan_for_weighted_points_still_opens() -> None:
    """Nobody can bring such a list any more; the plan has the sums."""
    lists = (ListSource("points", "a1b2c3", 24, 24, "0" * 64),)
    stored = open_plan(plan_zip(planned(sites=2).model_copy(update={"lists": lists})))
    assert (stored.document.tasks, stored.lacks) == ({"points"}, ())
    for lang in LANGUAGES:
        assert "a1b2c3" in plan_bytes(stored.document, ".geojson", words(lang)).decode()


def test_own_lists_go_with_a_plan_unless_they_are_left_out() -> None:
    """With them it can be computed again anywhere; without them it says what it lacks."""
    before = planned(OWN, sites=2, buffer_km=10.0)
    stored = open_plan(plan_zip(before, OWN))
    assert stored.lacks == ()
    again = document_of(*compute_again(stored, replicas=0, time_limit_s=30))
    assert again == before
    bare = open_plan(plan_zip(before))
    assert bare.document == before.model_copy(update={"candidates": {}})
    assert set(bare.lacks) == {"candidates", "services", "zones"}
    with refused("file of this plan does not hold Candidates"):
        compute_again(bare, replicas=0, time_limit_s=30)
    assert b"Sede" not in plan_zip(before)


LACKED = (ListSource("travel_times", "t.csv", 1, 1, "0" * 64),)
"""a list that no plan's file holds, without which nothing is judged again"""


def test_what_is_written_opens_however_much_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of districts in one list, and a place fixed in each province."""
    listed_codes = places().ubigeo[::5].tolist()
    read, report = read_zones("\n".join(["ubigeo", *listed_codes]).encode())
    checked = CheckedFile(read, report)
    zones = hold_list(checked, "zones", today=TODAY, file="a.csv", content=b"").zones
    assert zones is not None
    assert len(zones.provinces) == len({code[:4] for code in listed_codes})
    own_files = OwnFiles(zones=zones, sources=OWN.sources)
    texts = [message("siting.zones.provinces", names=zones.touched)]
    texts.append(message("siting.zones.widened", names=zones.widened))
    codes = places().ubigeo[places().is_province_capital].tolist()
    names = ", ".join(f"{code} {'x' * 70}" for code in codes)
    texts.append(message("siting.must", names=names))
    document = planned().model_copy(update={"assumptions": tuple(texts), "lists": LACKED})
    monkeypatch.setattr(plan_file.Zones, "distance_km", lambda *_: np.full(3, 99.0))
    stored = open_plan(plan_zip(document, own_files))
    assert stored.document.assumptions == document.assumptions
    assert stored.own.zones is not None
    assert stored.own.zones.widened == zones.widened
    assert stored.own.zones.areas == tuple(listed_codes)


def test_figures_that_changed_since_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    content = plan_zip(planned())
    monkeypatch.setattr(plan_file, "figures_edition", lambda: "0" * 12)
    stored = open_plan(content)
    assert [each.key for each in stored.notices] == ["plan.opened.changed"]


def packed(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def tampered(change: Callable[[dict[str, Any]], object]) -> bytes:
    """A plan in which somebody changed something."""
    values = json.loads(planned().model_dump_json())
    change(values)
    return packed(plan_json=json.dumps(values).encode())


PLAN = planned().model_dump_json().encode()
POINT = {
    "wkb": shapely.Point(-70, -12).wkb_hex,
    "count": 1,
    "holes_km": [],
    "touched": "",
    "widened": "",
}
"""zones that are no area"""


def test_a_zone_without_width_is_no_other_file() -> None:
    """A zone that was reduced to a line opens as it was stored."""
    line = shapely.geometrycollections([shapely.LineString([(-70, -12), (-70, -12.1)])])
    zones = {**POINT, "wkb": line.wkb_hex}
    stored = plan_values(packed(plan_json=PLAN, lists_json=json.dumps({"zones": zones}).encode()))
    assert stored["lists"]["zones"]["wkb"] == line.wkb_hex


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"PK\x03\x04 damaged",
        packed(plan_json=b"{}"),
        packed(plan_json=PLAN, run_py=b"x"),
        packed(plan_json=PLAN, lists_json=b"[]"),
        packed(plan_json=PLAN, lists_json=b'{"records": []}'),
        packed(plan_json=PLAN, lists_json=b'{"zones": {"wkb": "zz", "count": 1, "holes_km": []}}'),
        packed(plan_json=PLAN, lists_json=json.dumps({"zones": POINT}).encode()),
        packed(other_json=PLAN),
        packed(one=b"", two=b"", three=b""),
        tampered(lambda plan: plan.update(extra=1)),
        tampered(lambda plan: plan["headline"].update(key="nav.planner")),
        tampered(lambda plan: plan["headline"]["values"].pop("teams")),
        tampered(lambda plan: plan["sites"][0].update(name="a\x1b[2J")),
        tampered(lambda plan: plan["sites"][0].update(longitude=1e9)),
        tampered(lambda plan: plan["sites"][1].update(order=1)),
        tampered(lambda plan: plan["places"][0].update(ubigeo="999999")),
        tampered(lambda plan: plan["places"][0].update(sites=[[99, 1.0]])),
        tampered(lambda plan: plan["request"].update(sites=10**9)),
        tampered(lambda plan: plan.update(coverage_share=float("nan"))),
        tampered(lambda plan: plan.update(sites=[])),
    ],
)
def test_what_is_not_ours_is_refused_in_one_line(content: bytes) -> None:
    with refused("is no plan of the atlas|not a plan|plan"):
        open_plan(content)


def test_a_newer_plan_and_a_bomb_are_refused_by_name() -> None:
    with refused("newer edition"):
        open_plan(tampered(lambda plan: plan.update(plan_version=5)))
    with refused("unpack"):
        open_plan(packed(plan_json=b" " * (60 << 20)))


def test_a_plan_of_the_third_edition_is_refused_by_name() -> None:
    with refused("plans of the third edition no longer open"):
        open_plan(b'{"type": "FeatureCollection", "plan": {"question": {}}, "features": []}')


def spoilt(*changes: Callable[[dict[str, Any]], object], member: str = "plan") -> bytes:
    """A plan with its zone in which somebody changed something."""
    content = zipfile.ZipFile(io.BytesIO(plan_zip(ZONED, AROUND_LIMA)))
    values = {name: json.loads(content.read(f"{name}.json")) for name in ("plan", "lists")}
    for change in changes:
        change(values[member])
    return packed(**{f"{name}_json": json.dumps(part).encode() for name, part in values.items()})


AROUND_LIMA = replace(zones_around("150101", degrees=0.2), sources=OWN.sources[2:])
ZONED = planned(AROUND_LIMA, sites=2, buffer_km=10.0)
ELSEWHERE = shapely.geometrycollections([shapely.box(-70, -13, -69.9, -12.9)]).wkb_hex


def moved_into_the_zone(plan: dict[str, Any]) -> None:
    east, north = spot("150101")
    plan["sites"][0].update(longitude=east, latitude=north)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (spoilt(moved_into_the_zone), "inside its own excluded zones or too close"),
        (spoilt(lambda lists: lists["zones"].update(wkb=ELSEWHERE), member="lists"), "figures"),
        (
            spoilt(
                lambda lists: lists["zones"].update(wkb=ELSEWHERE, provinces=["Callao", "Lima"]),
                member="lists",
            ),
            "do not touch Callao, Lima",
        ),
        (spoilt(lambda plan: plan["zones"].update(candidates_away=0)), "does not follow from"),
        (spoilt(lambda plan: plan["departments"][0].update(covered=1e6)), "does not follow"),
        (spoilt(lambda plan: plan.update(coverage_share=0.99)), "the file says 99%"),
        (spoilt(lambda plan: plan["sites"][1].update(name="Iquitos")), "does not follow"),
    ],
)
def test_what_a_file_says_is_held_against_its_zones_and_the_figures(
    content: bytes, match: str
) -> None:
    """A site in its own zone, a zone somewhere else, and figures that nobody counted."""
    with refused(match):
        open_plan(content)


def test_under_newer_figures_both_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file says, and what it would be today; a site in its zone is still refused."""
    monkeypatch.setattr(plan_file, "figures_edition", lambda: "0" * 12)
    stored = open_plan(spoilt(lambda plan: plan.update(coverage_share=0.99)))
    assert stored.document.coverage_share == 0.99
    notices = [each.text(words("en")) for each in stored.notices]
    assert notices[0] == words("en")("plan.opened.changed")
    assert f"cover {round(100 * ZONED.coverage_share)}% (the file says 99%)" in notices[1]
    with refused("inside its own excluded zones"):
        open_plan(spoilt(moved_into_the_zone))
