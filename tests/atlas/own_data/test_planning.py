"""Lists for planning: places by code, name or degrees, pairs; faults by line."""

from __future__ import annotations

import csv
import io
import json

import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from atlas.own_files.isolation import check_file
from atlas.own_files.lists import ListSource
from atlas.own_files.planning import TASKS, read_planning
from atlas.own_files.report import refusal_message
from atlas.planner.answer import document_of
from atlas.planner.files import plan_bytes
from atlas.planner.model import plan_for
from atlas.planner.plan_question import PlanQuestion
from atlas.planner.question import OwnFiles
from atlas.results.places import places
from atlas.words import LANGUAGES, words
from data.readers.limits import TIMES_BYTES
from geo.errors import UserError
from tests.atlas.own_data.attacks import written
from tests.atlas.own_data.planning_lists import SQUARE, read
from tests.refusing import refused


def test_candidates_by_code_by_name_and_by_degrees():
    """Three ways to say where; a misspelt province is said, a lost zero comes back."""
    text = (
        "numero,nombre,ubigeo,departamento,provincia,distrito,lon,lat\n"
        "A1,Base Tambopata,170101,,,,,\n"
        "A2,,,Cusco,Cuzco,Cusco,,\n"
        "A3,Chachapoyas,10101,,,,,\n"
        "A4,Río,,,,,-69.5,-12.7\n"
    )
    rows, notes = read(text, "candidates")
    assert [row["district_ubigeo"] for row in rows] == ["170101", "080101", "010101", ""]
    assert [row["name"] for row in rows] == ["Base Tambopata", "", "Chachapoyas", "Río"]
    assert (rows[3]["longitude"], rows[3]["latitude"]) == (-69.5, -12.7)
    assert notes == [(3, "province", "misspelt", False), (4, "district_ubigeo", "lost_zero", False)]


def test_candidates_of_a_sheet_with_titles_totals_and_soles():
    """Headings stand below two lines, a total is no place, and thousands have any sign."""
    costs = {"S/ 29,800": 29_800, "27 500": 27_500, "31,200.50": 31_200.5, "S/. 28.900": 28_900}
    costs |= {"1,062,000 soles": 1_062_000, "12.5": 12.5}
    towns = ("Ica,Ica", "Cusco,Cercado", "Tacna,Tacna", "Puno,Puno", "Lima,Lima", "Piura,Piura")
    rows = [
        f'Casa {at},{town},"{cost}"'
        for at, (town, cost) in enumerate(zip(towns, costs, strict=True))
    ]
    lines = ["Locales de 2026", "", "Local,Provincia,Distrito,Costo anual (S/)", *rows]
    read_rows, notes = read("\n".join([*lines, "TOTAL,,,240000"]), "candidates")
    assert [row["cost"] for row in read_rows] == list(costs.values())
    assert read_rows[1]["district_ubigeo"] == "080101"
    assert [code for *_, code, is_fault in notes if is_fault] == ["total_row"]


def test_candidates_by_the_names_of_towns_below_a_title():
    """A provincial capital goes before its namesakes, and a cost column is recognised."""
    towns = {
        ("Pucallpa", "Ucayali"): "250101",
        ("Pucaallpa ", "Ucayali"): "",
        ("La Merced", ""): "120301",
        ("Huaancayo", "Junín"): "120101",
        ("Cerro de Pasco", "Pasco"): "190101",
    }
    known = dict(zip(places().ubigeo, places().name, strict=True))
    rows = [f'{town},{department},"{at},500"' for at, (town, department) in enumerate(towns)]
    text = "\n".join(["Ciudades 2027", "", "Ciudad ,Departamento,Costo mensual (S/)", *rows])
    read_rows, notes = read(text, "candidates")
    expected = [code for code in towns.values() if code]
    assert [row["district_ubigeo"] for row in read_rows] == expected
    assert [known[code] for code in expected] == [
        "Pucallpa",
        "La Merced",
        "Huancayo",
        known["190101"],
    ]
    assert [row["cost"] for row in read_rows] == [500.0, 2500.0, 3500.0, 4500.0]
    assert (5, "", "repeated_place", True) in notes
    _, report = read_planning(text.encode(), "candidates")
    assert ("cost_column", "Costo mensual (S/)") in report.notices
    with refused("no_list_place .*Local, Contacto"):
        read_planning(b"Local,Contacto\nA,b\n", "candidates")


SITES = "nombre,ubigeo,lon,lat\nA,170101,,\n"
MINUTES = "desde,hasta,minutos\n170101,Base,12.5\n"
SQUARE_OF_MINUTES = "origen;170101;170102\n170101;0;0,0\n170102;0;0\n"
NOTED = (
    ("candidates", SITES + "B,,-12.6,-69.2\n", [(3, "longitude", "swapped")]),
    ("candidates", SITES + "B,,-69.2,\n", [(3, "latitude", "half_coordinate")]),
    ("candidates", SITES + "B,,,\n", [(3, "district_ubigeo", "place_missing")]),
    ("candidates", SITES + "B,999999,,\n", [(3, "district_ubigeo", "code_unknown")]),
    ("candidates", SITES + "B,1701,-200,-12\n", [(3, "longitude", "not_degrees")]),
    ("candidates", SITES + "A,170103,,\n", [(3, "label", "repeated_name")]),
    ("candidates", SITES + "B,170101,,\n", [(3, "", "repeated_place")]),
    ("candidates", SITES + "B,170103\n", [(3, "", "cells")]),
    ("travel_times", MINUTES + "170101,Base,13\n", [(3, "to", "repeated_place")]),
    ("travel_times", MINUTES + "170101,Otro,-1\n", [(3, "minutes", "below_minimum")]),
    ("travel_times", MINUTES + "Puno,Otro,5\nOtro,Base,5\n", [(4, "from", "district_unknown")]),
    ("travel_times", MINUTES + "999999,Otro,5\n", [(3, "from", "code_unknown")]),
    ("travel_times", MINUTES + "170102,Otro,x\n", [(3, "minutes", "not_minutes")]),
    ("travel_times", MINUTES + "170102,,5\n", [(3, "to", "missing")]),
    # nobody is elsewhere in no time; a place and itself, and one of unknown position, pass
    ("travel_times", MINUTES + "170101,170102,0\n", [(3, "minutes", "zero_minutes")]),
    ("travel_times", MINUTES + "10101,010101,0\n170102,Base,0\n", []),
    ("travel_times", SQUARE_OF_MINUTES, [(line, "minutes", "zero_minutes") for line in (2, 3)]),
    ("candidates", "lon,lat,costo\n-77,-12,1\n-77.1,-12,2e9\n", [(3, "cost", "not_a_number")]),
)


@pytest.mark.parametrize(("task", "text", "noted"), NOTED)
def test_faults_of_a_row_of_a_list(task, text, noted):
    rows, notes = read(text, task)
    assert notes == [(*note, True) for note in noted]
    assert len(rows) == 2 if text == SQUARE_OF_MINUTES else text.count("\n") - 1 - len(noted)


def test_what_a_row_of_a_list_says():
    """A lost zero, a decimal comma and a missing cost are read; repeated places are no fault."""
    text = "origen;destino;minutos\n170101;Base;12,5\n10101;Base;60\n"
    assert read(text, "travel_times")[0] == [
        {"from": "170101", "to": "Base", "minutes": 12.5},
        {"from": "010101", "to": "Base", "minutes": 60.0},
    ]
    rows, _ = read("longitud;latitud;costo\n-77,03;-12,05;2,5\n-77;-12;\n", "candidates")
    assert [row["cost"] for row in rows] == [2.5, None]
    rows, notes = read("servicio,ubigeo\nCEM A,150101\nCEM B,150101\n", "services")
    assert (len(rows), notes) == (1, [(3, "", "repeated_place", False)])


THERE = [("170101", "Base"), ("170101", "080101")]
TIMES = {
    "desde,hasta,minutos\n170101,Base,12.5\n170102,Base,\n170101,080101,60\n": THERE,
    "destino;origen;minutos\nBase;170101;12,5\n080101;170101;60\n": THERE,
    "origen;Base;080101\n170101;12,5;60\n170102;;\n": THERE,
    "desde,hasta,minutos\nBase,170101,12.5\n170101,Base,60\n": [THERE[0][::-1], THERE[0]],
    "from_id,to_id,travel_time_p50\n170101,Base,12.5\n170101,080101,60\n": THERE,  # r5r
    "FROM_ID,TO_ID,DURATION_H\n170101,Base,0.208333\n170101,080101,1\n": THERE,  # ORS
    "origin_id,destination_id,seconds\n170101,Base,750\n170101,080101,3600\n": THERE,
}


@pytest.mark.parametrize("text", TIMES)
def test_travel_times_as_people_have_them(text):
    """Spanish headings in any order, empty minutes, a square, from the candidate and back."""
    rows, notes = read(text, "travel_times")
    assert [(row["from"], row["to"]) for row in rows] == TIMES[text]
    assert [row["minutes"] for row in rows] == pytest.approx([12.5, 60.0], abs=1e-4)
    assert notes == []


def test_minutes_without_a_unit_are_asked_for():
    """QNEAT3 writes total_cost, in seconds or metres as its user chose."""
    text = "origin_id,destination_id,entry_cost,network_cost,exit_cost,total_cost\n1,2,0,9,0,9\n"
    with refused("in which unit is the column total_cost"):
        read(text, "travel_times")
    text = text.replace("1,2,0,9,0,9", "170101,Base,0,90,0,90")
    for unit, minutes in (("seconds", 1.5), ("minutes", 90), ("hours", 5400)):
        rows, _ = read_planning(text.encode(), "travel_times", {"unit": unit})
        assert [(row["from"], row["minutes"]) for row in rows] == [("170101", minutes)]


SPOTS = [[-69.18, -12.59], [-69.5, -13.0], [-70.1, -12.9]]


@pytest.mark.parametrize(
    "reply_head",
    [
        {"metadata": {"query": {"locations": SPOTS, "sources": ["1"], "destinations": ["0", "2"]}}},
        {"info": {"query": {"profile": "driving-car"}}},  # version 4.7 tells the roads alone
    ],
)
def test_the_matrix_of_openrouteservice_is_read(reply_head):
    """Seconds of each pair, by the points that were asked for; no way is no row."""
    moved = 0.001 if "metadata" in reply_head else 0.0

    def ends(*numbers):
        spots = [SPOTS[number] for number in numbers]
        return [{"location": [x + moved, y], "snapped_distance": 90.5} for x, y in spots]

    matrix = {
        "durations": [[90, None]],
        "sources": ends(1),
        "destinations": ends(0, 2),
        **reply_head,
    }
    content = json.dumps(matrix)
    row = {"from": "-69.50000, -13.00000", "to": "-69.18000, -12.59000", "minutes": 1.5}
    assert read(content, "travel_times") == ([row], [])


@pytest.mark.parametrize("durations", [[[1]], [[1, 2], [3]], None, [[1, "x"]], "12"])
def test_another_json_is_no_matrix(durations):
    """A duration for each pair, or nothing is taken."""
    ends = [{"location": [-69.1, -12.5]}]
    matrix = {"sources": ends, "destinations": ends * 2, "durations": durations}
    with refused("not an OpenRouteService matrix"):
        read(json.dumps(matrix), "travel_times")


@pytest.mark.slow  # minutes by the million
def test_a_whole_matrix_of_travel_times_is_taken():
    """A row a pair, or a square, in the child within its limits; more rows are refused."""
    codes = list(places().ubigeo)
    ends = [f"Base {number} de la organización" for number in range(100)]
    long = "".join(
        f"{name},{code},{number}.5\n" for number, name in enumerate(ends) for code in codes
    )
    few = ends[:9]
    square = "".join(f"{code}{',7.25' * len(few)}\n" for code in codes)
    for text, count, minutes in (
        (f"desde,hasta,minutos\n{long}", 100 * len(codes), {number + 0.5 for number in range(100)}),
        (f"desde,{','.join(few)}\n{square}", 9 * len(codes), {7.25}),
    ):
        checked = check_file(text.encode(), "travel_times", largest=TIMES_BYTES)
        assert (checked.report.used_count, checked.report.entry_count) == (count, 0)
        ends = [{row[name] for row in checked.rows} for name in ("from", "to")]
        assert set(codes) in ends
        assert {row["minutes"] for row in checked.rows} == minutes
    wide = f"desde,{','.join(map(str, range(1_000)))}\n" + f"170101{',1' * 1_000}\n" * 401
    with refused("too_many_rows"):
        read(wide, "travel_times")


@pytest.mark.usefixtures("read_this_here")
def test_personal_data_beside_a_shape():
    """Properties of zones are judged before they are dropped."""
    content = written("z.gpkg", [shapely.geometry.shape(SQUARE)], dni=[1])["z.gpkg"]
    with refused(r"personal_column .*dni"):
        check_file(content, "zones")


@pytest.mark.parametrize("task", TASKS)
def test_a_list_without_its_columns_is_told_which_they_are(task):
    """Those that came and those that are allowed, in both languages; none of a table of records."""
    from atlas.own_files.planning import columns_of
    from atlas.words import words

    with pytest.raises(UserError) as caught:
        read("strange\n1\n", task)
    for say in map(words, LANGUAGES):
        text = refusal_message(caught.value, task).text(say)
        assert "strange" in text
        assert all(say(f"planning.heading.{column}") in text for column in columns_of(task))
        assert "fecha" not in text
        assert "date" not in text


@pytest.fixture(scope="module")
def plan_rows() -> list[list[str]]:
    """A plan's own CSV as rows of cells, with a budget and a list of which the digest is told."""
    source = ListSource("candidates", "lista.csv", 3, 3, "1234567890abcdef" * 4)
    asked = PlanQuestion(demand="population", sites=3)
    question, plan = plan_for(asked, OwnFiles(sources=(source,)), replicas=2)
    text = plan_bytes(document_of(question, plan), ".csv", words("es")).decode()
    return list(csv.reader(io.StringIO(text)))


def as_csv(rows: list[list[str]]) -> bytes:
    """Rows of cells as the bytes of a file."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


DOCUMENTS = st.sampled_from(
    ["{}", "DNI {}", "{:.2}.{:.3}.{:.3}", "nota {} fin", "{:.4}-{:.4}", " {}", "{};"]
)


@settings(max_examples=150)
@given(data=st.data())
def test_an_identity_number_in_a_plan_s_table_is_refused(plan_rows, data):
    """In any column and row, beside what stands there or instead of it."""
    digits = data.draw(st.from_regex(r"[4-7][0-9]{7}", fullmatch=True))
    shape = data.draw(DOCUMENTS)
    parts = {"{}": (digits,), "{:.4}-{:.4}": (digits[:4], digits[4:])}
    parts["{:.2}.{:.3}.{:.3}"] = (digits[:2], digits[2:5], digits[5:])
    # a number and a year, as 0015-2023, is a case's: docs/records.md
    assume(shape != "{:.4}-{:.4}" or digits[4:6] not in ("19", "20"))
    document = shape.format(*parts.get(shape, (digits,)))
    column = data.draw(st.integers(0, len(plan_rows[0]) - 1))
    is_added = data.draw(st.booleans())
    whole = data.draw(st.booleans())
    line = data.draw(st.integers(1, len(plan_rows) - 1))
    table = [list(row) for row in plan_rows]
    for number in range(1, len(table)) if whole else (line,):
        before = f"{table[number][column]} " if is_added else ""
        table[number][column] = f"{before}{document}"
    with pytest.raises(UserError) as refused:
        read(as_csv(table), "candidates")
    assert refused.value.key == "records.refusal.personal_value"
