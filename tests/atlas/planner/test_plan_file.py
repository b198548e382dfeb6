"""The one file of a plan: it opens as it was stored, alone; and refuses what is not ours."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import shapely

from atlas.own_files.isolation import CheckedFile
from atlas.own_files.lists import ListSource, hold_list
from atlas.own_files.zones import read_zones
from atlas.planner import plan_file
from atlas.planner.answer import document_of
from atlas.planner.document import PlanDocument
from atlas.planner.files import SUFFIXES, plan_bytes, reach_bytes
from atlas.planner.plan_file import compute_again, open_plan, plan_zip
from atlas.planner.print_sheet import plan_pdf_bytes
from atlas.planner.question import OwnFiles
from atlas.results.places import places
from atlas.words import LANGUAGES, message, words
from tests.planned import listed, planned, zones_around
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
    with refused("its file does not hold is missing: Candidates"):
        compute_again(bare, replicas=0, time_limit_s=30)
    assert b"Sede" not in plan_zip(before)


def test_what_is_written_opens_however_much_it_names() -> None:
    """Hundreds of districts in one list, and a place fixed in each province."""
    listed_codes = places().ubigeo[::5].tolist()
    read, report = read_zones("\n".join(["ubigeo", *listed_codes]).encode())
    checked = CheckedFile(read, report)
    zones = hold_list(checked, "zones", today=TODAY, file="a.csv", content=b"").zones
    assert zones is not None
    assert len(zones.provinces) == len({code[:4] for code in listed_codes})
    kept = OwnFiles(zones=zones, sources=OWN.sources)
    texts = [message("siting.zones.provinces", names=zones.touched)]
    texts.append(message("siting.zones.widened", names=zones.widened))
    codes = places().ubigeo[places().is_province_capital].tolist()
    names = ", ".join(f"{code} {'x' * 70}" for code in codes)
    texts.append(message("siting.must", names=names))
    document = planned().model_copy(update={"assumptions": tuple(texts)})
    stored = open_plan(plan_zip(document, kept))
    assert stored.document.assumptions == document.assumptions
    assert stored.own.zones is not None
    assert stored.own.zones.widened == zones.widened
    assert stored.own.zones.areas == tuple(listed_codes)


def test_figures_that_changed_since_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    content = plan_zip(planned())
    monkeypatch.setattr(plan_file, "figures_edition", lambda: "0" * 12)
    stored = open_plan(content)
    assert [each.key for each in stored.about] == ["plan.opened.changed"]


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


def older(**question: object) -> bytes:
    """A plan's GeoJSON as the third edition wrote it."""
    asked = {
        "demand": "complaints:2023", "model": "mclp", "sites": 2, "radius": 75.0,
        "services": "none", "lock_services": False, "min_population": 0.0, "must": [],
        "barred": [], "departments": [], "capacity": None, "min_department_share": 0.0,
        "second": "none", "loss": 0.05, "worst_cost": None, "estimate": False,
        "factors": {"coast": 1.25, "highland": 1.7, "jungle": 1.5, "river": 2.0},
        "river_codes": ["16"], "buffer_km": 0.0, "zone_people": "stay", "seed": 3,
        "team_cost": 0.0, "way_cost": 0.0, "budget": None,
    }  # fmt: skip
    sites = [{"properties": {"code": code}} for code in ("150101", "170102")]
    plan = {"question": asked | question, "lists": question.pop("lists", [])}
    return json.dumps({"type": "FeatureCollection", "plan": plan, "features": sites}).encode()


def test_what_a_plan_of_the_third_edition_asked_and_is_gone_is_said() -> None:
    """A real one opens in tests/frozen."""
    stored = open_plan(
        older(demand="eb:2023", min_population=9e4, model="lscp", departments=["15", "17"])
    )
    document = stored.document
    assert isinstance(document, PlanDocument)
    assert set(document.codes) == {"150101", "170102"}
    assert document.request.candidates == "districts"
    assert [each.key for each in stored.about] == ["plan.opened.older", "plan.opened.gone"]
    assert stored.gone == ("demand", "loss", "min_population", "model", "second", "seed")
    assert 0 < document.coverage_share < 1


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"estimate": True, "way_cost": 2.0}, "no longer offered: estimate"),
        ({"lists": [{"task": "candidates"}]}, "lists that its file does not hold: Cand"),
        ({"radius": "far"}, "plan"),
    ],
)
def test_an_older_plan_says_what_it_lacks(asked: dict[str, Any], match: str) -> None:
    with refused(match):
        open_plan(older(**asked))
