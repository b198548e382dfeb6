"""Lists for planning on their way to the planner, and own demand through the gate."""

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from atlas.drawing.small_maps import small_view, zones_path
from atlas.own_files.isolation import CheckedFile
from atlas.own_files.lists import hold_list, list_template, with_earlier
from atlas.own_files.places import gazetteer
from atlas.own_files.planning import TASKS, read_planning
from atlas.own_files.records import MARK, hold, shown_totals, unplaced_count
from atlas.planner import ways as planner_ways
from atlas.planner.by_hand import change_text
from atlas.planner.candidates import candidate_aliases, existing_services, listed_candidates
from atlas.planner.demand import demand_of_records
from atlas.planner.files import SUFFIXES, plan_bytes
from atlas.planner.plan_file import plan_zip
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.print_sheet import plan_pdf_bytes
from atlas.planner.question import OwnFiles, own_files, question_for
from atlas.planner.sentences import cost_text, site_place, site_text
from atlas.results.places import places
from atlas.words import LANGUAGES, words
from geo.privacy.minimum_count import k_anonymity, shown_from
from tests.atlas.own_data.test_own_records import checked
from tests.parsed_html import path_points
from tests.planned import (
    assumed,
    document_for,
    listed,
    pdf_text,
    planned,
    position,
    read_files,
    zones_around,
    zones_of,
)
from tests.refusing import refused

TODAY = date(2026, 1, 1)


def planning_list(text: str, task: str, file: str = "list.csv"):
    read = CheckedFile(*read_planning(text.encode(), task))
    return hold_list(read, task, today=TODAY, file=file, content=b"")


def lists(**texts: str) -> OwnFiles:
    """Lists as a plan takes them."""
    return own_files({task: planning_list(text, task) for task, text in texts.items()})


def ways_over(own: OwnFiles) -> tuple[planner_ways.Ways, list[str]]:
    """Ways over a table of minutes to own candidates, and their codes."""
    candidates = listed_candidates(own.candidates)
    services = existing_services("none", None)
    ways = planner_ways.ways_of(own.travel_times, own.candidates, candidates, services)
    return ways, candidates.code.tolist()


def assumed_of(ways: planner_ways.Ways) -> str:
    return " | ".join(assumption.text(words("en")) for assumption in ways.assumptions)


def test_travel_times_find_the_candidates_by_number_code_or_name():
    """Three ways to name one candidate, two candidates of one district told apart."""
    own = lists(
        candidates="numero,nombre,ubigeo,lon,lat\nA1,Base,170101,,\nA2,,080101,,\n"
        "A3,Sur,080101,-71.9,-13.6\nA4,Norte,150101,,\n",
        travel_times="desde,hasta,minutos\n170102,a1,10\n170103,BASE,20\n170101,170101,1\n"
        "080102,A2,30\n080103,Sur,40\n080104,080101,50\n150102,150101,9\n",
    )
    ways, columns = ways_over(own)
    assert columns == ["170101", "A2", "Sur", "150101"]
    pairs = {
        ("170102", "170101"): 10,
        ("170103", "170101"): 20,
        ("080102", "A2"): 30,
        ("080103", "Sur"): 40,
        ("150102", "150101"): 9,
    }
    for (place, site), minutes in pairs.items():
        assert ways.cost[position(place), columns.index(site)] == minutes
    # the district has two candidates, so its code names neither
    assert "1 row of the travel times joins none" in assumed_of(ways)


def test_points_of_a_matrix_are_the_places_and_candidates_near_them():
    """Within a kilometre, and one point for a candidate and the capital that it stands in."""
    towns, towns_of_peru = places(), [position(code) for code in ("170101", "170102")]
    (x, y), far = ((towns.longitude[at], towns.latitude[at]) for at in towns_of_peru)
    spots = [(x + 0.003, y), far, (far[0] + 0.05, far[1])]
    text = [f"{east:.5f}, {north:.5f}" for east, north in spots]
    minutes = [(0, 1, 50), (1, 0, 60), (0, 2, 70), (1, 1, 0)]
    rows = "".join(f'"{text[start]}","{text[end]}",{time}\n' for start, end, time in minutes)
    own = lists(
        candidates="nombre,ubigeo\nCasa,170101\n",
        travel_times=f"desde,hasta,minutos\n{rows}",
    )
    ways, columns = ways_over(own)
    assert columns == ["170101"]
    assert ways.cost[towns_of_peru, 0].tolist() in ([0, 50], [0, 60])
    assert ways.is_known.sum() == 2


def test_candidates_whose_names_a_spreadsheet_would_run():
    candidates = "nombre,ubigeo,lon,lat\n-Base,,-77,-12\nBase,,-71,-13\n"
    pairs = [("'-Base", "150101", 5), ("Base", "080101", 7), ("base", "170101", 9)]
    outward = "".join(f"{site},{place},{minutes}\n" for site, place, minutes in pairs)
    inward = "".join(f"{place},{site},{minutes}\n" for site, place, minutes in pairs)
    for text, direction in (
        (outward, "from the post to the people"),
        (inward, "from the people to"),
    ):
        own = lists(candidates=candidates, travel_times=f"from,to,minutes\n{text}")
        ways, _ = ways_over(own)
        cost = ways.cost
        assert (cost[position("150101"), 0], cost[position("080101"), 1]) == (5, 7)
        assert cost[position("170101")].min() == 9
        assert np.isfinite(cost).sum() == 3
        assert direction in assumed_of(ways)


def test_travel_times_stand_under_a_title_in_any_separator():
    """Headings of times are no headings of records: the separator is told from either."""
    for mark in ",;\t":
        rows = "".join(
            f"{mark.join(row)}\n"
            for row in (("desde", "hasta", "minutos"), ("170101", "Base", "7"))
        )
        times = planning_list(f"Tiempos medidos por el equipo\n{rows}", "travel_times")
        assert times.rows.to_dict("list") == {"from": ["170101"], "to": ["Base"], "minutes": [7]}


def test_several_files_of_travel_times_add_up():
    """A second file adds pairs and replaces equal ones; other lists replace the first."""
    first = planning_list("from,to,minutes\n170101,Base,10\n170102,Base,20\n", "travel_times")
    second = planning_list("desde,hasta,minutos\n170102,Base,25\n170103,Base,30\n", "travel_times")
    both = with_earlier(second, first)
    assert both.rows.to_dict("list") == {
        "from": ["170101", "170102", "170103"],
        "to": ["Base"] * 3,
        "minutes": [10, 25, 30],
    }
    assert (both.report.used_count, both.report.row_count) == (4, 4)
    assert both.file == f"{first.file} + {second.file}"
    zones = [planning_list(f"distrito\n{name}\n", "zones") for name in ("Tambopata", "Iquitos")]
    both = with_earlier(zones[1], zones[0])
    away = both.zones.distance_km(*np.array([[-69.19, -12.6], [-73.25, -3.75]]).T)
    assert away.tolist() == [0, 0]
    assert both.zones.count == len(both.parts) == 2
    assert [name in both.zones.touched for name in ("Tambopata", "Maynas")] == [True, True]
    candidates = [planning_list(f"ubigeo\n{code}\n", "candidates") for code in ("170101", "080101")]
    assert with_earlier(candidates[1], candidates[0]) is candidates[1]


def test_the_kind_of_a_place_stands_beside_its_name():
    own = lists(
        candidates="nombre,tipo,ubigeo\nBase,Comisaría,170101\n",
        services="tipo,ubigeo\nHospital,150101\nCEM,150102\nHospital,080101\n",
    )
    document = document_for(PlanQuestion(sites=1), own)
    assert site_place(document.sites[0]) == "Comisaría, Tambopata, Madre de Dios"
    for text in read_files(document, "es", ".geojson", ".gpx", ".csv"):
        assert "Comisaría" in text
    assert re.search(r"3 servicios existentes[^|]*\(Hospital: 2, CEM: 1\)", assumed(document, "es"))
    assert planned().sites[0].kind is None


def test_services_of_one_district_cover():
    """A directory with two in a district, and one by degrees."""
    services = "servicio,ubigeo,lon,lat\nA,150101,,\nB,150101,,\nC,,-71.9,-13.5\n"
    question = question_for(PlanQuestion(sites=1), lists(services=services))
    assert question.problem.existing_cost[position("150101")] == 0
    assert "2 existing services of an own list" in assumed(question)


def test_a_faulty_row_costs_the_row_or_the_list():
    """The list: of zones, and of coordinates that are swapped, of which some fall inside."""
    for task, text in (
        ("zones", "lon,lat,radio_km\n-70,-13,5\n-70,x,5\n"),
        ("candidates", "lon,lat\n-70,-13\n-13,-70\n"),
    ):
        wrong = planning_list(text, task)
        assert not wrong.is_usable
        assert getattr(own_files({task: wrong}), task) is None
    assert len(lists(candidates="ubigeo\n170101\n17010\n").candidates) == 1


PAIRS = """Tiempos de buses,,
Desde,Hasta,Minutos
Huanuco,TINGO MARIA,150
Huánuco,La Merced (Chanchamayo),400
"Huancayo, Junin",La Merced,240
Mazuco,Puerto Maldonado,180
Puerto Maldonado,Iñapari,200
"""
GRID = "pueblo;Huanuco;Tingo María\nHuánuco;0;150\nTingo Maria;170;0\n"
TOWNS = "N°,Ciudad\n25,Huanuco\n19,La Merced\n7,Mazuko\n"


def test_minutes_between_towns_by_their_names():
    """Pairs of one way hold in both, candidates stand for their town, and gaps are unknown."""
    own = lists(candidates=TOWNS, travel_times=PAIRS)
    ways, columns = ways_over(own)
    assert columns == ["100101", "120301", "170102"]
    tingo, merced, huancayo = map(position, ("100601", "120301", "120101"))
    assert ways.cost[[tingo, merced, huancayo], [0, 0, 1]].tolist() == [150, 400, 240]
    assert ways.cost[merced, 1] == 0
    assert ways.cost[position("120114"), 1] == 240, "El Tambo lies beside Huancayo"
    assert not ways.is_known[position("150101")]
    assert ways.unmatched == ("Mazuco (Mazuko?)",)
    assert ways.is_named.tolist() == [True, True, False]
    square, _ = ways_over(lists(candidates=TOWNS, travel_times=GRID))
    assert square.cost[tingo, 0] == 150, "a team travels to the people"
    asked = PlanQuestion(sites=2, radius=160.0)
    document = document_for(asked, own)
    notes = " ".join(document.texts(document.notes, words("en")))
    assert "does not name 1 candidate, so no team can go there (Mazuko)" in notes
    assert "1 name in the table of minutes is neither district nor candidate" in notes
    assert "Mazuco (Mazuko?)" in notes
    weight = question_for(asked, own).demand.weight
    assert weight[~ways.is_known].sum() == 0 < weight.sum() == document.demand_total
    assert [site.name for site in document.sites] == ["Huánuco", "La Merced"]


def test_rows_of_minutes_in_use_are_those_that_join_our_places():
    table = planning_list(PAIRS, "travel_times")
    own = own_files({"candidates": planning_list(TOWNS, "candidates"), "travel_times": table})
    (_, source) = document_for(PlanQuestion(sites=1, radius=160.0), own).lists
    assert (source.task, source.rows, source.rows_used) == ("travel_times", 5, 3)


def test_a_note_of_ones_own_stays_in_the_plan_and_on_paper():
    """In its own file, the workbook and the sheet; in no file for programs."""
    document = planned(sites=2)
    code = document.codes[0]
    noted = document.with_notes({code: "Llamar antes", "999999": "de otro plan"})
    assert noted.own_notes == {code: "Llamar antes"}
    plan = json.loads(zipfile.ZipFile(io.BytesIO(plan_zip(noted))).read("plan.json"))
    assert plan["own_notes"] == noted.own_notes
    assert "Llamar antes" in pdf_text(plan_pdf_bytes(noted, "es"))
    book = openpyxl.load_workbook(io.BytesIO(plan_bytes(noted, ".xlsx", words("es"))))
    assert [*book.worksheets[0].values][1][-1] == "Llamar antes"
    for text in read_files(noted, "es", ".geojson", ".gpx", ".csv"):
        assert "Llamar antes" not in text


def test_two_plans_differ_in_one_sentence():
    """Sites, reports and soles, as somebody would say it."""
    before = planned(sites=2, departments=("08", "17"), team_cost=20_000.0)
    gone = next(site.code for site in before.sites if site.name != "Cusco")
    after = planned(sites=1, departments=("08", "17"), barred=(gone,), team_cost=20_000.0)
    text = change_text(before, after, words("en"))
    assert text.startswith(f"{before.site(gone).name} leaves")
    assert "reports fewer are reached" in text
    assert "It costs S/\u00a020,000 less." in text


def test_a_site_says_what_is_missed_and_who_helps_nearby():
    """The address of the nearest centre and the lines, in every text of the site."""
    document = planned(departments=("17",), sites=1)
    (site,) = document.sites
    text = site_text(site, document, words("en"))
    assert re.search(r"\d+ out of reach\.", text)
    assert site.nearest_cem.address
    assert site.nearest_cem.address in text
    assert "Lines 100 and 1818." in text


def test_a_fixed_site_is_refused_for_its_own_reason():
    """No zone was loaded: the table does not name it, or it stands elsewhere."""
    own = lists(candidates=TOWNS, travel_times=PAIRS)
    for asked, why in (
        ({"must": ("170102",)}, "the table of minutes does not name the fixed site Mazuko"),
        ({"must": ("120301",), "departments": ("10",)}, "La Merced is not in the chosen dep"),
    ):
        with refused(why):
            question_for(PlanQuestion(sites=1, radius=160.0, **asked), own)
    with refused("the fixed site Lima lies in an excluded zone"):
        question_for(PlanQuestion(sites=1, must=("150101",)), zones_around("150101"))


def test_minutes_whose_names_are_no_candidate_are_named_with_the_nearest():
    times = "desde,hasta,minutos\n170101,Base Huánuco,5\n170102,Casa de Mercedes,9\n"
    with refused(r"Base Huánuco \(Huánuco\?\), Casa de Mercedes \(La Merced\?\)\. "):
        question_for(PlanQuestion(sites=1), lists(candidates=TOWNS, travel_times=times))


def test_a_table_that_lacks_one_department_names_that_one_alone():
    towns = places()
    rest = towns.ubigeo[towns.department_ubigeo != "17"]
    times = pd.DataFrame({"from": rest, "to": "150101", "minutes": 10.0})
    document = planned(OwnFiles(travel_times=times), sites=1, radius=60.0)
    for lang, text in (
        ("es", "De Madre de Dios no se dice nada"),
        ("en", "said of Madre de Dios, because"),
    ):
        headline = document.texts([document.headline], words(lang))[0]
        assert text in headline
        assert "Loreto" not in headline


def test_a_site_has_the_name_of_its_town_and_its_number_finds_it():
    """Not 25; two in one town are told apart by their numbers."""
    own = lists(candidates=TOWNS + "3,HUANUCO\n")
    assert listed_candidates(own.candidates).name.tolist() == ["Huánuco", "La Merced", "Mazuko"]
    houses = lists(candidates="N°,lon,lat\nA1,-76.24,-9.93\nA2,-76.25,-9.92\n").candidates
    assert listed_candidates(houses).name.tolist() == ["Huánuco (A1)", "Huánuco (A2)"]
    assert candidate_aliases(pd.Series(["A2", "25"]), houses) == {"A2": "A2"}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".geojson"])
def test_a_plan_of_ours_is_a_list_of_candidates(suffix):
    """11373859.0 people are no identity number; a number beside them still is."""
    document = planned(sites=6)
    content = plan_bytes(document, suffix, words("es"))
    rows, _ = read_planning(content, "candidates")
    assert [row["name"] for row in rows] == [site.name for site in document.sites]
    if suffix == ".csv":
        text = content.decode("utf-8-sig")
        with refused("personal_value"):
            read_planning(text.replace("False", "45871236").encode(), "candidates")


def test_how_many_own_records_count_is_said_first_and_everywhere():
    """The sum that the gate shows, of all; provinces under its minimum by their number together."""
    rows = (("1701", 2023, 20), ("0801", 2023, 30), ("0601", 2023, 9), ("0602", 2023, 8))
    own = hold(checked(*rows), today=date(2024, 6, 1))
    demand = demand_of_records(own)
    assert demand is not None
    shown, missing = int(shown_totals(own).sum()), unplaced_count(own)
    document = planned(replace(own_files({}), demand=demand))
    for lang in LANGUAGES:
        first = document.texts(document.notes, words(lang))[0]
        numbers = [str(shown), str(shown + missing), str(missing), str(shown_from(k_anonymity()))]
        assert re.findall(r"\d+", first) == numbers
        assert f" {shown} " in document.texts([document.headline], words(lang))[0]
        assert first in pdf_text(plan_pdf_bytes(document, lang))


def test_fewer_candidates_than_teams_are_all_taken():
    own = OwnFiles(candidates=listed(district_ubigeo=["080101", "210101"], cost=[5.0, 6.0]))
    document = planned(own, sites=6)
    assert {*document.codes} == {"080101", "210101"}
    headline = document.texts([document.headline], words("es"))[0]
    assert words("es")("plan.teams.no_more", teams="2 equipos", asked=6) in headline
    paid = planned(own, sites=2, budget=8.0)
    assert len(paid.sites) == 1
    headline = paid.texts([paid.headline], words("es"))[0]
    assert words("es")("plan.teams.money", teams="1 equipo", asked=2) in headline
    more = planned(own, sites=1, budget=11.0)
    assert words("es")("plan.cost.another") in cost_text(more, words("es"))
    assert words("es")("plan.cost.another") not in cost_text(paid, words("es"))


def test_invented_records_mark_the_plan_and_its_files():
    rows, today = (("1701", 2023, 20), ("0801", 2023, 30)), date(2024, 6, 1)
    demand = demand_of_records(hold(checked(*rows, invented=True), today=today))
    assert demand is not None
    document = planned(replace(own_files({}), demand=demand))
    for text in read_files(document, "en", ".geojson", ".gpx", ".csv"):
        assert "datos inventados" in text
    named = hold_list(checked(*rows), "records", today=today, file="mayo.csv", content=b"")
    plain = demand_of_records(hold(checked(*rows), today=today))
    assert plain is not None
    document = planned(replace(own_files({"records": named}), demand=plain))
    assert "own records, 50 of 50 rows" in assumed(document)
    for text in read_files(document, "en", ".geojson", ".gpx", ".csv"):
        assert MARK not in text
        assert "inventados" not in text
    assert demand_of_records(hold(checked(("1701", 2023, 3)), today=today)) is None


def test_case_16_names_of_own_candidates_run_nothing():
    text = 'nombre,ubigeo\n"=HYPERLINK(1)",170101\n@SUM,080101\nR & <b>,160101\n'
    document = document_for(PlanQuestion(sites=3), lists(candidates=text))
    gpx, table = read_files(document, "en", ".gpx", ".csv")
    titles = ElementTree.fromstring(gpx).iterfind("{*}wpt/{*}name")
    names = [(title.text or "").partition(" ")[2] for title in titles]
    assert sorted(names) == ["=HYPERLINK(1)", "@SUM", "R & <b>"]
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert {"'=HYPERLINK(1)", "'@SUM"} <= set(cells)
    for cell in cells:
        if cell.startswith(("=", "+", "-", "@", "\t", "\r")):
            float(cell)


def test_names_that_collide_are_told_apart():
    """A name that is another's number or code would be refused by the planner, with the name."""
    by_code = "numero,nombre,ubigeo\nA,B,170101\nB,,080101\n,170101,150101\n"
    by_degrees = "numero,nombre,lon,lat\nA,B,-70,-13\nB,,-71,-13\n"
    for text, count in ((by_code, 3), (by_degrees, 2)):
        question = question_for(PlanQuestion(sites=1), lists(candidates=text))
        assert len(set(question.candidates.code)) == count


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("task", TASKS)
def test_templates_of_the_lists_are_taken(task, lang):
    """The headings that are handed out are those that are read."""
    head = list_template(task, words(lang)).decode("utf-8-sig")
    row = {"travel_times": "170101,A,5", "zones": "-70,-13,5,A"}.get(task)
    if row is None:
        row = {"candidates": "A,B,C,5,"}.get(task, "A,B,C,") + "170101,,,,,"
    _, report = read_planning((head + row + "\n").encode(), task)
    assert report.used_count == 1
    assert not {code for code, _ in report.notices} - {"zones_touch"}


def test_every_file_says_which_lists_its_plan_obeys():
    """Each file says the kind and used rows of each list, and never its name, a person's."""
    named = {
        "candidates": planning_list(
            "ubigeo\n170101\n080101\n17\n", "candidates", "casos_ROSA_QUISPE.csv"
        ),
        "services": planning_list("ubigeo\n150101\n", "services", "ROSA QUISPE.xlsx"),
        "zones": planning_list("lon,lat,radio_km\n-77,-12,1\n-77.1,-12,1\n", "zones", "Quispe.csv"),
    }
    own = own_files(named)
    document = document_for(PlanQuestion(sites=1), own)
    digest = {source.task: source.sha256[:6] for source in document.lists}
    content = json.loads(plan_bytes(document, ".geojson", words("en")))["plan"]
    assert [{**source, "sha256": len(source["sha256"])} for source in content["lists"]] == [
        {"sha256": 64, "task": task, "file": digest[task], "rows": rows, "rows_used": used}
        for task, rows, used in (("candidates", 3, 2), ("services", 1, 1), ("zones", 2, 2))
    ]
    assumptions = " ".join(content["assumptions"])
    assert "andidates, 2 of 3 rows" in assumptions
    assert digest["candidates"] not in assumptions
    files = [plan_bytes(document, suffix, words(lang)) for suffix in SUFFIXES for lang in LANGUAGES]
    with zipfile.ZipFile(io.BytesIO(plan_zip(document, own))) as archive:
        files += [archive.read(name) for name in archive.namelist()]
    for file in (*files, plan_pdf_bytes(document, "es")):
        text = pdf_text(file) if file.startswith(b"%PDF") else file.decode("latin-1")
        assert "quispe" not in text.lower()


def test_zones_are_drawn_with_their_buffer():
    """A point near Cusco and 20 km: a ring of 4 units on the small map, which is asked once."""
    zones = planning_list("lon,lat,radio_km\n-71.97,-13.52,0.1\n", "zones").zones
    x, y = small_view().at(-71.97, -13.52)
    ring = path_points(zones_path(zones, 20.0))
    degree = small_view().at(-71, -13.52)[0] - small_view().at(-72, -13.52)[0]
    unit_km = 111.2 * np.cos(np.radians(13.52)) / degree
    assert np.hypot(*(ring - [x, y]).T) * unit_km == pytest.approx(20.0, abs=2.5)
    assert len(re.findall("M", zones_path(zones, 0.0))) == 1


def test_a_permitted_town_in_a_hole_is_seen_outside_the_zone():
    """Puerto Maldonado in a hole 4 km wide on each side, of a zone 200 km wide, no buffer."""
    x, y, hole = -69.19, -12.59, 0.04
    outer = shapely.box(x - 1, y - 1, x + 1, y + 1)
    zone = shapely.Polygon(
        outer.exterior, [shapely.box(x - hole, y - hole, x + hole, y + hole).exterior]
    )
    zones = zones_of(zone).zones
    places = np.array(list(gazetteer().positions.values()))
    inside = places[shapely.contains_xy(zone.envelope, *places.T)]
    open_places = inside[zones.distance_km(*inside.T) > 0]
    assert len(open_places)
    drawn = shapely.Polygon()
    for ring in zones_path(zones, 0.0).split("M")[1:]:
        corners = re.findall(r"(-?[\d.]+),(-?[\d.]+)", ring)
        steps = np.array(corners, float)  # from the first corner on
        drawn = drawn.symmetric_difference(shapely.Polygon(steps.cumsum(axis=0)))
    spots = shapely.points(small_view().project(open_places))
    assert not shapely.contains(drawn, spots).any()
    closed = shapely.points(small_view().project(np.array([[x - 0.5, y]])))
    assert shapely.contains(drawn, closed).all()


@pytest.mark.parametrize("task", ["candidates", "services"])
def test_ways_of_an_own_list_are_not_kept_by_the_process(task: str, monkeypatch) -> None:
    """Those of the shipped places are, for the next change of a plan."""
    computed, travel_cost = [], planner_ways.travel_cost
    monkeypatch.setattr(
        planner_ways, "travel_cost", lambda *ways: computed.append(1) or travel_cost(*ways)
    )
    brought = listed(name=["Refugio"], longitude=[-69.1234567], latitude=[-12.5987654])
    counts = []
    for own in (OwnFiles(**{task: brought}), OwnFiles()):
        question_for(PlanQuestion(sites=1), own)
        computed.clear()
        question_for(PlanQuestion(sites=1), own)
        counts.append(len(computed))
    roads, _ = planner_ways._known_ways()
    assert counts == [1 + 4 * len(roads), 0]  # one table of ways, and the ends of known roads
