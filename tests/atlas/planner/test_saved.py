"""Files of a plan: what they say, and how they come back as the question they were or are
refused."""

import io
import json
import re
import sqlite3
from dataclasses import replace
from xml.etree import ElementTree

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atlas.planner import files, model
from atlas.planner import saved as saved_plans
from atlas.planner.document import PlanDocument, document_of
from atlas.planner.files import plan_bytes
from atlas.planner.page_choices import valid_choices, without_own_names
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import MOST_RESAMPLES, ListSource, question_for
from atlas.planner.saved import (
    SavedPlan,
    open_saved,
    plan_from_browser,
    restored_plan,
    saved_plan,
)
from atlas.tables import json_value
from atlas.words import LANGUAGES, words
from data.readers.saved_plan import plan_values
from geo.errors import UserError
from geo.siting.problem import plan_of
from tests.planned import document_for, planned, read_files, solved
from tests.refusing import refused

BEGINNING = valid_choices({})


CAPPED = PlanQuestion(sites=2, capacity=50.0, min_population=100_000.0)


@pytest.fixture(scope="module")
def saved() -> dict[str, bytes]:
    document = document_for(CAPPED)
    return {suffix: plan_bytes(document, suffix, words("es")) for suffix in (".geojson", ".gpkg")}


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg"])
def test_a_file_says_what_was_asked(saved: dict[str, bytes], suffix: str) -> None:
    plan = read_saved(saved[suffix])
    assert (plan.request, plan.lang, plan.resamples) == (CAPPED, "es", 0)
    assert [site.order for site in plan.sites] == [1, 2]
    assert open_saved(saved[suffix]) == plan


LIST = {"task": "zones", "file": "z.csv", "rows": 1, "rows_used": 1, "sha256": "0" * 64}


def edited(saved: dict[str, bytes], **values: object) -> bytes:
    """The file with other values of the plan; ``question`` holds other values of its question."""
    content = json.loads(saved[".geojson"])
    content["plan"]["question"].update(values.pop("question", {}))
    content["plan"].update(values)
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    "values",
    [
        {"question": {"model": "other"}},
        {"question": {"radius": "75"}},
        {"question": {"radius": float("nan")}},
        {"question": {"seed": 10**400}},
        {"question": {"demand": "x" * 300}},
        {"question": {"extra": 1}},
        {"question": {"must": ["\x9b31m"]}},
        {"question": {"departments": ["99"]}},
        {"question": {"departments": "17"}},
        {"lang": "xx"},
        {"lists": [{"task": "zones"}]},
        {"lists": [{**LIST, "task": "--out"}]},
        {"lists": [{**LIST, "sha256": "x" * 64}]},
        {"lists": [{**LIST, "file": "\x1b]0;a\x07"}]},
        {"figures": "\x1b[2Jabc"},
        {"figures": "0123456789ab\n"},
        {"figures": "0123456789AB"},
        {"figures": 123456789012},
        {"stability": {"resamples": -1}},
        {"stability": {"resamples": 2.5}},
        {"stability": [200]},
        {"coverage_share": -5e99},
    ],
)
def test_what_is_no_plan_is_refused(saved: dict[str, bytes], values: dict) -> None:
    with refused("not a plan that this atlas saved"):
        read_saved(edited(saved, **values))


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"SQLite format 3\0", b"[]", b"{}", b"[" * 1_000_000, b"\xff\xfe"),
        b'{"plan": {}, "features": [{"properties": {"name": "\\ud800"}}]}',
        b'{"plan": NaN, "features": []}',
    ],
)
def test_no_file_at_all(content: bytes) -> None:
    with refused("not a plan that this atlas saved"):
        open_saved(content)


def read_saved(content: bytes) -> SavedPlan:
    """What the child and the page do, in this process."""
    try:
        values = plan_values(content)
    except UserError as refusal:
        raise UserError("siting.refusal.saved_unreadable") from refusal
    return saved_plan(values)


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT * FROM n"


@pytest.mark.parametrize(
    "script",
    [
        f"ALTER TABLE sites RENAME TO own; CREATE VIEW sites AS {ENDLESS}",
        "ALTER TABLE gpkg_metadata RENAME TO own; CREATE VIEW gpkg_metadata AS "
        "SELECT hex(zeroblob(500000000)) AS metadata FROM own",
        f"CREATE VIEW aside AS {ENDLESS}",
        "CREATE VIRTUAL TABLE aside USING fts5(a)",
        "CREATE VIRTUAL TABLE rtree_other_geom USING rtree(id, minx, maxx, miny, maxy)",
        "CREATE TABLE aside (a, b AS (zeroblob(a)))",
        "CREATE TRIGGER aside AFTER INSERT ON sites BEGIN SELECT 1; END",
        "DROP TRIGGER rtree_sites_geom_delete; CREATE TRIGGER rtree_sites_geom_delete AFTER DELETE "
        "ON sites WHEN old.geom NOT NULL BEGIN DELETE FROM rtree_sites_geom; END",
    ],
)
def test_a_base_that_would_run_is_refused(saved: dict[str, bytes], tmp_path, script: str) -> None:
    """Views, however long they would take, computed columns, tables and triggers of its own."""
    path = tmp_path / "plan.gpkg"
    path.write_bytes(saved[".gpkg"])
    base = sqlite3.connect(path)
    base.executescript(f"PRAGMA legacy_alter_table=ON; {script}")
    base.close()
    with pytest.raises(UserError) as caught:
        open_saved(path.read_bytes())
    assert caught.value.key == "records.refusal.geopackage_unsafe"


def test_a_file_from_before_a_later_field_opens(saved: dict[str, bytes], monkeypatch) -> None:
    """What was added to questions since has its default; the rest is needed."""
    content = json.loads(saved[".geojson"])
    monkeypatch.setattr(saved_plans, "_FIRST", set(PlanQuestion().model_dump()) - {"loss"})
    del content["plan"]["question"]["loss"]
    assert read_saved(json.dumps(content).encode()).request.loss == 0.0
    for part, name in ((content["plan"]["question"], "radius"), (content["plan"], "question")):
        del part[name]
        with refused("not a plan that this atlas saved"):
            read_saved(json.dumps(content).encode())


def test_the_choice_is_made_again_a_bounded_number_of_times(saved: dict[str, bytes]) -> None:
    """As often as a command would, never for ever."""
    most = read_saved(edited(saved, stability={"resamples": MOST_RESAMPLES}))
    assert most.resamples == MOST_RESAMPLES
    with refused("100,000,000 times again: at most 10,000"):
        read_saved(edited(saved, stability={"resamples": 1e8}))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=5,
)


PLACES = [("figures",), ("method",), ("lang",), ("lists", 0, "file"), ("lists", 0, "task")]
PLACES += [("question", "demand"), ("question", "must")]


@given(
    value=JSON | st.text().map(lambda text: "0123456789ab" + text),
    path=st.sampled_from(PLACES),
)
def test_nothing_of_a_file_steers_a_terminal(value: object, path: tuple) -> None:
    plan = {"question": PlanQuestion().model_dump(), "lang": "es", "figures": "0" * 12}
    plan |= {"lists": [LIST], "coverage_share": 0.5, "is_stopped": True}
    plan |= {"objective": 1, "bound": 2, "method": "x"}
    plan = json.loads(json.dumps(plan))
    inner = plan
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    try:
        opened = saved_plan({"plan": plan, "sites": []})
    except UserError:
        return
    texts = [opened.figures, opened.lang, opened.method, opened.request.demand]
    texts += opened.request.must
    texts += [text for source in opened.lists for text in (source.file, source.task, source.sha256)]
    assert all(text.isprintable() for text in texts)
    assert re.fullmatch("[0-9a-f]{12}", opened.figures)


@example({"plan_coast": 3, "plan_way_cost": 2, "plan_seed": 10**400})
@given(st.dictionaries(st.sampled_from(sorted(BEGINNING)), JSON))
def test_controls_are_given_what_they_can_show(values: dict) -> None:
    """Anything at all from a browser: types and limits of the controls hold, and twice is once."""
    shown = valid_choices(values)
    assert set(shown) == set(BEGINNING)
    assert all(type(shown[key]) is type(start) for key, start in BEGINNING.items())
    assert 1 <= shown["plan_sites"] <= 60
    assert valid_choices(json.loads(json.dumps(shown))) == shown


def test_a_question_becomes_the_choices_that_ask_it() -> None:
    request = PlanQuestion(demand="eb:2022", radius=62.5, must=("160101",), budget=9e5)
    choices = valid_choices(request.choices())
    assert {key: value for key, value in choices.items() if value != BEGINNING[key]} == {
        "plan_demand": "eb",
        "plan_period": "2022",
        "plan_radius": 62,
        "plan_must": ["160101"],
        "plan_budget": 900_000,
        "plan_by_budget": "teams",
    }
    # a price of hours is none of kilometres: without the table the other price counts
    for tasks, key in (((), "plan_way_cost"), (("travel_times",), "plan_hour_cost")):
        choices = valid_choices(PlanQuestion(way_cost=50.0).choices(tasks))
        prices = {name for name in choices if name.endswith(("way_cost", "hour_cost"))}
        assert {name for name in prices if choices[name]} == {key}


def test_a_cut_geopackage_is_refused(saved: dict[str, bytes]) -> None:
    whole = saved[".gpkg"]
    with pytest.raises(UserError):
        read_saved(whole[: len(whole) // 2])
    plan, refused = read_saved(whole), 0
    for at in range(0, len(whole), 4096):
        try:
            found = read_saved(whole[:at] + b"\0" * 4096 + whole[at + 4096 :])
        except UserError:
            refused += 1
        else:
            assert found == plan
    assert refused >= 5


def test_a_stopped_search_is_taken_from_its_file() -> None:
    """The same bytes without a search, which would end elsewhere; not with sites it cannot have."""
    question, plan = solved(PlanQuestion(sites=3, must=("150101",), min_population=100_000.0))
    other = int(np.flatnonzero(question.candidates.code == "160101")[0])
    values = {"objective": 1.0, "bound": 2.0, "is_stopped": True, "seed": 1}
    worse = plan_of(question.problem, "mclp", [*plan.sites[:2], other], **values)
    content = plan_bytes(document_of(question, worse), ".geojson", words("es"))
    stopped = read_saved(content)
    assert stopped.is_stopped
    again = restored_plan(stopped, question_for(stopped.request))
    assert again is not None
    assert plan_bytes(document_of(question, again), ".geojson", words("es")) == content
    barred = question_for(question.request.changed(barred=("160101",)))
    assert restored_plan(stopped, barred) is None
    assert restored_plan(stopped.model_copy(update={"figures": "others"}), question) is None


def test_a_named_plan_is_made_again_without_a_search(monkeypatch) -> None:
    outcome = planned(replicas=3)
    values = json.loads(json.dumps(SavedPlan.of(outcome, "es").for_browser()))
    monkeypatch.setattr(model, "choose_sites", None)
    again = plan_from_browser(values)
    assert again is not None
    bare = replace(outcome, plan=replace(outcome.plan, stability=None), rivals=())
    assert files.plan_values(again, words("en")) == files.plan_values(bare, words("en"))
    assert list(again.codes) == values["codes"]
    for junk in ({"codes": ["999999", "150101"]}, {"codes": None}, {"figures": "x"}, {"bound": "1"},
                 {"question": {}}):  # fmt: skip
        assert plan_from_browser({**values, **junk}) is None
    listed = replace(outcome, lists=(ListSource("zones", "z.csv", 1, 1),))
    assert SavedPlan.of(listed, "es").for_browser() is None


@pytest.mark.parametrize(
    "asked",
    [{}, {"model": "pcenter"}, {"departments": ("08", "15"), "capacity": 40.0, "seed": 3}],
)
def test_file_browser_and_session_keep_one_plan(asked: dict) -> None:
    outcome = planned(**asked)
    session = SavedPlan.of(outcome, "en")
    file = read_saved(plan_bytes(outcome, ".geojson", words("en")))
    assert json_value(file.model_dump(), decimals=6) == json_value(session.model_dump(), decimals=6)
    browser = SavedPlan.from_browser(json.loads(json.dumps(session.for_browser())))
    for name in ("request", "figures", "codes", "objective", "bound", "method", "is_stopped"):
        assert getattr(browser, name) == getattr(session, name)


def test_the_browser_keeps_moves_and_no_name_of_an_own_list() -> None:
    assert valid_choices({"plan_only": ["17", "17", "99", 3]})["plan_only"] == ["17"]
    assert valid_choices({})["plan_only"] == []
    moves = [[1, ["150101"], []], [0, ["150101"], ["160101"]]]
    assert valid_choices({"plan_moves": moves})["plan_moves"] == moves
    for junk in ([[1, ["150101"]]], [["1", [], []]], [[1, [5], []]], "x"):
        assert valid_choices({"plan_moves": junk})["plan_moves"] == []
    choices = {"plan_must": ["150101"], "plan_moves": moves, "plan_sites": 6}
    assert without_own_names(choices, is_own=False) == choices
    own = {"must": ("Casa",), "plan_must": ["Casa"], "plan_moves": [[1, ["Casa"], []]], "seed": 3}
    stripped = {"must": [], "plan_must": [], "plan_moves": [], "seed": 3}
    assert without_own_names(own, is_own=False) == stripped
    assert without_own_names(choices, is_own=True)["plan_must"] == []


@pytest.fixture(scope="module")
def eight() -> PlanDocument:
    """Eight sites among 109 large towns."""
    return document_for(PlanQuestion(min_population=50_000), replicas=20)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_person_s_files_speak_the_language_of_the_plan(eight: PlanDocument, lang: str) -> None:
    """The same figures as GeoJSON's in a spreadsheet's words and in a navigator's short lines; all
    that programs read is the same but for the language and what it says of itself."""
    say, english = words(lang), files.plan_values(eight, words("en"))
    values = files.plan_values(eight, say)
    differing = {name for name in english if values[name] != english[name]}
    assert differing == ({"lang", "assumptions"} if lang == "es" else set())
    assert values.keys() == english.keys()
    whole = json.loads(plan_bytes(eight, ".geojson", say))
    sites = [feature["properties"] for feature in whole["features"]]
    content = plan_bytes(eight, ".csv", say, is_worded=True)
    assert content.startswith("\ufeff".encode())
    table = pd.read_csv(io.BytesIO(content), dtype={say("column.code"): str})
    assert table[say("column.code")].tolist() == [site["code"] for site in sites]
    load = f"{say('plan.col.load')} ({say('siting.unit.complaints')})"
    assert table[load].tolist() == [site["load"] for site in sites]
    added = table[f"{say('plan.col.added')} (%)"] / 100
    assert added.tolist() == pytest.approx([site["within_reach_added_share"] for site in sites])
    assert set(table[say("plan.seed")]) == {1}
    assert not [head for head in table.columns if "_" in head]
    root = ElementTree.fromstring(plan_bytes(eight, ".gpx", say))
    for point, site in zip(root.findall("{*}wpt"), sites, strict=True):
        assert point.findtext("{*}name") == f"{site['order']} {site['name']}"
        about = point.findtext("{*}desc")
        assert len(about) < 150
        assert say.number(site["load"]) in about or say.number(site["load"], 1) in about
        assert say("siting.unit.complaints") in about


def test_files_hold_assumptions_seed_and_gap(eight: PlanDocument) -> None:
    """Read back with other readers. That another process makes the same bytes is a test of the
    command."""
    geojson, gpx, csv = read_files(eight, "en", ".geojson", ".gpx", ".csv")
    assert [geojson, gpx, csv] == read_files(eight, "en", ".geojson", ".gpx", ".csv")
    features, plan = (json.loads(geojson)[name] for name in ("features", "plan"))
    rows = [site["properties"] for site in features]
    assert [row["order"] for row in rows] == list(range(1, 9))
    assert {site["geometry"]["type"] for site in features} == {"Point"}
    added = [row["within_reach_added_share"] for row in rows]
    assert added == sorted(added, reverse=True)
    assert (plan["seed"], plan["gap"]) == (1, 0.0)
    assert "detour" in " ".join(plan["assumptions"])
    assert "lists" not in plan
    root = ElementTree.fromstring(gpx)
    assert len(root.findall("{*}wpt")) == 8
    about = root.findtext("{*}metadata/{*}desc")
    assert f"{words('en')('plan.seed')}: 1\n" in about
    assert "detour" in about
    content = plan_bytes(eight, ".gpkg", words("en"))
    assert content == plan_bytes(eight, ".gpkg", words("en"))
    sites = geopandas.read_file(io.BytesIO(content), layer="sites")
    assert len(sites) == 8
    assert sites.crs.to_epsg() == 4326
    for table in (sites, pd.read_csv(io.StringIO(csv))):
        assert table["plan_seed"].eq(1).all()
        assert table["plan_assumptions"].str.contains("detour").all()
    info = pyogrio.read_info(io.BytesIO(content), layer="sites")
    assert json.loads(info["layer_metadata"]["plan"]) == plan
    # who goes to which site: a line each, from the place to the site, its amounts the site's load
    lines = geopandas.read_file(io.BytesIO(content), layer="assigned")
    ends = {line.coords[-1]: code for line, code in zip(lines.geometry, lines["site"], strict=True)}
    assert {ends[point.coords[0]] for point in sites.geometry} == set(sites["code"])
    load = lines.groupby("site")["amount"].sum()
    assert load[sites["code"]].to_numpy() == pytest.approx(sites["load"].to_numpy(), abs=1e-3)
