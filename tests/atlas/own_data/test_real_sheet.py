"""A workbook as an organisation keeps it: what is read, what is asked, what is never taken."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from openpyxl import Workbook

from atlas.own_files.cells import are_years_last, read_year
from atlas.own_files.isolation import check_file
from atlas.own_files.planning import read_planning
from atlas.own_files.reading import WORDS_ASKED, is_mapping, mapping_bytes, read_mapping
from atlas.own_files.records import gated_profiles
from atlas.own_files.report import decision_lines, left_out_csv
from atlas.words import LANGUAGES, words
from data.readers.kinds import read_table
from data.readers.schema import field, fields
from geo.errors import UserError
from geo.privacy.suppression import PROFILES
from tests.atlas.own_data.attacks import sheet_rows, workbook
from tests.refusing import refused

HEADINGS = (
    *("N° de expediente", "Fecha del caso", "Ubigeo", "Departamento", "Provincia", "Distrito"),
    *("N° de víctimas", "Sexo", "Edad", "Finalidad de la explotación", "Observaciones"),
)
PURPOSES = ("Explotación laboral", "explotación sexual", "EXPLOTACIÓN LABORAL", "Mendicidad", "")
CASES, HOPELESS = 40, 3
ANSWERS = {"case_number": "yes", "repeated": "count"}


def organisation_workbook() -> bytes:
    """Return a sheet of cases as people type them: titles, totals, notes, three unusable rows.

    The expediente with two victims has two rows.
    """
    rows: list[list[object]] = []
    for at in range(CASES):
        day = date(2021 + at % 3, 1 + at % 12, 1 + at % 28)
        written = (day - date(1899, 12, 30)).days if at % 10 == 3 else f"{day:%d-%m-%y}"
        rows.append(
            [
                *(20210000 + at - (at == 11), written, ("170101.0", 170101, "")[at % 3]),
                *("Madre de Dios", "TAMBOPATA", "Tambopata", "2 (dos)" if at % 5 else "1 (una)"),
                *("FM"[at % 2], f"{12 + at} años" if at % 2 else 12 + at, PURPOSES[at % 5], ""),
            ]
        )
    rows[0][1], rows[1][2:6], rows[2][6] = "en el verano", [""] * 4, "varias"
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    sheet.title = "Casos 2021-2023"
    sheet.merge_cells("A1:K1")
    head = [["REGISTRO DE CASOS"], ["Actualizado en enero"], [], HEADINGS]
    for row in (*head, *rows, ["TOTAL", *[""] * 5, 43], [], ["Fuente: registro interno"]):
        sheet.append(row)
    book.create_sheet("Listas").append(["Explotación sexual"])
    book.save(out)
    return out.getvalue()


@pytest.mark.usefixtures("read_this_here")
def test_a_sheet_of_ones_own_comes_in_with_one_confirmation():
    """All but the hopeless are used, and every other row has its reason; kept, it asks no more."""
    content = organisation_workbook()
    first = check_file(content).report
    asked = {question.code: question for question in first.reading.questions if question.is_open}
    assert set(asked) == set(ANSWERS)
    # what is not read is said before anything is shown
    assert "Hojas que no se leyeron: Listas." in decision_lines(first.reading, words("es"))
    assert first.reading.needs_confirming
    assert not first.is_accepted
    assert (first.reading.sheet, first.reading.header_line) == ("Casos 2021-2023", 5)
    mapping = read_mapping(mapping_bytes(first.reading.mapping() | {"answers": ANSWERS}))
    checked = check_file(content, mapping=mapping)
    report = checked.report
    assert report.used_count == CASES - HOPELESS == len(checked.rows)
    assert report.is_accepted
    assert not report.reading.needs_confirming
    assert report.counts().keys() >= {"total_row", "note_row", "date_format", "place_missing"}
    assert (
        len({question.line for question in report.entries if question.is_fault})
        == report.left_out_count
    )
    assert {question["sex"] for question in checked.rows} == {"female", "male"}
    assert not any(question["age_band"] == "unknown" for question in checked.rows)
    for lang in LANGUAGES:  # the rows left out: a line a reason, and nothing of a cell
        content = left_out_csv(report, words(lang)).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(content)))
        assert len(rows) == 1 + report.left_out_count
        assert rows[1][0].isdigit()
        assert "N° de víctimas" in {row[1] for row in rows}  # as the sheet heads it
        assert not any(value in content for value in ("verano", "varias", "TOTAL"))


def test_numbers_that_begin_anew_in_each_sheet_are_no_question(judge):
    """Numbers may begin again in each sheet; a number repeated within one is asked about."""

    def book(*second: tuple[int, str]) -> bytes:
        out, made = io.BytesIO(), Workbook()
        made.remove(made.active)
        for title, rows in (("2023", ((1, "2023-02-01"), (2, "2023-02-02"))), ("2024", second)):
            sheet = made.create_sheet(title)
            sheet.append(["N°", "Fecha", "Distrito", "Provincia", "Departamento", "Sexo"])
            for number, day in rows:
                sheet.append([number, day, "Tambopata", "Tambopata", "Madre de Dios", "F"])
        made.save(out)
        return out.getvalue()

    _, report = judge(book((1, "2024-02-01"), (2, "2024-02-02")))
    assert (report.used_count, report.entries, report.reading.questions) == (4, [], [])
    _, report = judge(book((1, "2024-02-01")), mapping={"sheet": "2023"})
    assert report.used_count == 2
    answers = {"answers": {"repeated": "leave_out"}}
    _, report = judge(book((1, "2024-02-01"), (1, "2024-02-02")), mapping=answers)
    assert report.used_count == 3
    assert "2024: 3" in left_out_csv(report, words("es")).decode("utf-8-sig")
    _, report = judge(book((1, "2023-02-01"), (3, "2024-02-02")))
    assert report.used_count == 3  # a row that was copied


def test_sheets_of_other_headings_are_a_choice():
    """Three sheets, two of them alike in other words for a column's heading: no list of all."""
    book = Workbook()
    for title, heads in (("A", "fecha"), ("B", "Fecha"), ("C", "mes")):
        sheet = book.create_sheet(title)
        sheet.append([heads, "ubigeo", "sexo"])
        sheet.append(["2023-01", "170101", "F"])
    del book["Sheet"]
    out = io.BytesIO()
    book.save(out)
    table = read_table(out.getvalue(), {"fecha", "mes", "ubigeo", "sexo"})
    assert (table.sheet, table.sheets, table.unread) == ("A + B", ("A + B", "C"), ("C",))
    assert (len(table.rows), table.lines) == (2, [2, 4])
    with refused(r"workbook_sheets .*C"):
        read_table(out.getvalue())


PERSONAL = "fecha,ubigeo,nombre,DNI,nota,pena\n2023,170101,A,x,12345678,\n2022,170101,B,y,,a@b.pe\n"


def test_personal_columns_are_named_at_once_and_left_out_by_name(judge):
    """Personal columns are named by heading and content; without them the file is read."""
    with pytest.raises(UserError) as refusal:
        judge(PERSONAL)
    assert refusal.value.values["columns"] == ["nombre", "DNI", "nota", "pena"]
    with refused(r"personal_value .*nota"):
        judge(PERSONAL, mapping={"drop": ["nombre", "DNI"]})
    records, report = judge(PERSONAL, mapping={"drop": ["nombre", "dni", "nota", "pena"]})
    assert (len(records), report.is_accepted) == (2, True)
    mapping = read_mapping(mapping_bytes(report.reading.mapping()))
    assert judge(PERSONAL, mapping=mapping)[0] == records
    _, report = read_planning(
        PERSONAL.encode(), "services", {"drop": ["nombre", "DNI", "nota", "pena"]}
    )
    assert report.used_count == 2
    with refused("personal_column"):
        read_planning(b"lon,lat,radio_km,DNI\n-73,-12,5,x\n", "zones", {"drop": ["DNI"]})


def test_the_year_of_a_date_is_read_whatever_the_order_of_day_and_month():
    """Of two digits it is the last, unless days seem to take fewer values than years."""
    latest = date(2024, 1, 1)
    for text in ("05-10-22", "10/05/2022", "05/17/2022", "17-05-22", "44696", "may-22", "2022"):
        assert read_year(text, latest) == 2022, text
    assert read_year("13/13/2022", latest) == "date_range"
    dates = [date(2019 + at % 4, 1 + at % 12, 1 + at) for at in range(28)]
    for form, is_last in (("%d-%m-%y", True), ("%m-%d-%y", True), ("%y-%m-%d", False)):
        texts = [f"{day:{form}}" for day in dates]
        assert are_years_last(texts) == is_last
    assert read_year("22-10-05", latest, is_year_last=False) == "date_order"


@pytest.mark.parametrize(
    ("letters", "women", "men", "is_asked"),
    [
        *(("F", 1, 0, False), ("FM", 1, 1, False), ("HM", 1, 1, False)),
        *(("MM", 0, 0, True), ("FHM", 0, 0, True)),
    ],
)
def test_both_letters_of_a_sex_or_neither(judge, letters, women, men, is_asked):
    """With M unknown F is no woman either: or women would be all that is known."""
    rows = "".join(f"2023,150101,{letter}\n" for letter in letters)
    records, report = judge("fecha,ubigeo,sexo\n" + rows)
    sexes = [record["sex"] for record in records]
    assert (sexes.count("female"), sexes.count("male")) == (women, men)
    assert report.reading.is_open == is_asked


@pytest.mark.parametrize(("answer", "used"), [("", 1), ("no", 1), ("yes", 3)])
def test_names_that_no_place_has_are_one_question(judge, answer, used):
    """Once for the file, whatever the number of rows; left out until somebody says yes."""
    rows = "2023,Ica,Nazca\n2023,Ankash,Huari\n2023,Ica,Pisco\n"
    mapping = {"answers": {"names": answer}}
    records, report = judge("fecha,departamento,provincia\n" + rows, mapping=mapping)
    assert len(records) == used
    (asked,) = report.reading.questions
    assert asked.column == "Nazca → 1103 Nasca (Ica); Ankash → 02 Áncash"
    assert (report.is_accepted, asked.is_open) == (bool(answer), not answer)
    assert {entry.code for entry in report.entries if not entry.is_fault} == (
        {"misspelt"} if answer == "yes" else set()
    )


def test_how_letters_are_read_is_said(judge):
    """Also of a file with the headings of the template, of which nobody is asked anything."""
    rows = "05/10/2022,150101,M\n06/10/2022,150101,{other}\n"
    for other, of_m, of_other in (("F", "masculino", "femenino"), ("H", "mujer", "hombre")):
        _, report = judge("fecha,ubigeo,sexo\n" + rows.format(other=other))
        assert not report.reading.needs_confirming
        _, letters = decision_lines(report.reading, words("es"))
        assert f"M se lee como {of_m}" in letters
        assert f"{other} como {of_other}" in letters


@pytest.mark.parametrize(
    "number", ["20230015", "2023-1001", "2023 1001", "2023 – 1001", "2023/1001"]
)
def test_case_numbers_are_asked_and_a_dni_is_refused(judge, number):
    """Case numbers with a year in front are asked about; any other eight digits are refused."""
    sheet = f"expediente,fecha,ubigeo\n{number},2023,150101\n20220016,2022,150101\n"
    _, report = judge(sheet)
    assert [question.code for question in report.reading.questions if question.is_open] == [
        "case_number"
    ]
    records, report = judge(sheet, mapping={"answers": {"case_number": "yes"}})
    assert (len(records), report.is_accepted) == (2, True)
    assert number not in str(records) + str(report.without_values().as_dict())
    with refused("personal_column"):
        judge(sheet, mapping={"answers": {"case_number": "no"}})
    for bad in (
        sheet + "70123456,2023,150101\n",
        sheet.replace("20220016", "4512-7836"),
        sheet.replace("expediente", "dni"),
        sheet.replace("expediente", "nota") + "sola,2023,150101\n",
        sheet.replace("expediente", "nota") + "vino con 20230016,2023,150101\n",
        sheet.replace("2023", "2045", 1),
    ):
        with refused("personal"):
            judge(bad, mapping={"answers": {"case_number": "yes"}})


WORDS = ("Expl. sexual", "sexual / bares", "trata sexual", "minería")


def test_a_word_that_is_no_code_is_asked_once(judge):
    """An unknown word is asked about once, and the answer holds for the next file."""
    sheet = "fecha,ubigeo,finalidad\n" + "".join(
        f"2023,150101,{word.upper()}\n2023,150101,{word}\n" for word in WORDS
    )
    _, report = judge(sheet)
    asked = [question for question in report.reading.questions if question.is_open]
    assert [question.word for question in asked] == [word.upper() for word in WORDS]
    assert not report.is_accepted
    first_mapping = report.reading.mapping(with_open=True)
    assert first_mapping["words"] == {
        "exploitation_purpose": dict.fromkeys(map(str.upper, WORDS), "")
    }
    answers = dict(zip(WORDS, ("explotación sexual", "sexual", "sexual", "unknown"), strict=True))
    mapping = read_mapping(mapping_bytes(first_mapping | {"words": {"Finalidad": answers}}))
    records, report = judge(sheet, mapping=mapping)
    purposes = [question["exploitation_purpose"] for question in records]
    assert purposes == ["sexual_exploitation"] * 6 + ["unknown"] * 2
    assert report.is_accepted
    assert report.is_clean
    assert "«TRATA SEXUAL» se lee como explotación sexual" in " ".join(
        decision_lines(report.reading, words("es"))
    )
    _, report = judge("fecha,ubigeo,finalidad\n2024,150101,otra cosa\n", mapping=mapping)
    later = report.reading.mapping(with_open=True)["words"]["exploitation_purpose"]
    assert later == dict.fromkeys(WORDS[:3], "sexual_exploitation") | {
        "minería": "unknown",
        "otra cosa": "",
    }
    assert read_mapping(mapping_bytes({"columns": {}, "answers": {}}))["words"] == {}


def test_what_is_no_word_is_not_asked(judge):
    """Long texts, signs, words of rows left out and the twenty-first of a column stay unknown."""
    rows = [f"2023,150101,palabra {'abcdefghijklmnopqrstuvwxyz'[at]}" for at in range(25)]
    rows += ["2023,150101," + "bla " * 11, "2023,150101,¿?", "2999,150101,fuera"]
    _, report = judge("fecha,ubigeo,finalidad\n" + "\n".join(rows) + "\n")
    assert len([question for question in report.reading.questions if question.word]) == WORDS_ASKED
    assert not {"bla", "fuera"} & {
        question.word.split()[0] for question in report.reading.questions
    }
    assert report.counts()["code_unlisted"] == 28


def test_usual_headings_are_proposed(judge):
    head = "fecha,ubigeo,Cómo fue captada,Institución que deriva"
    records, report = judge(f"{head}\n2023,150101,falsa oferta laboral,comisaría\n")
    assert list(report.columns.values())[2:] == ["recruitment_means", "source"]
    assert (records[0]["recruitment_means"], records[0]["source"]) == ("deception", "police")


def test_a_repeated_case_has_several_victims_or_is_a_copy(judge):
    """Asked of a case number; the number of a record counts once, and a copy never."""
    rows = "A1,2023,150101,F\nA1,2023,150101,M\nA1,2023,150101,M\n"
    _, report = judge("expediente,fecha,ubigeo,sexo\n" + rows)
    assert [question.code for question in report.reading.questions if question.is_open] == [
        "repeated"
    ]
    mapping = {"answers": {"repeated": "count"}}
    records, _ = judge("expediente,fecha,ubigeo,sexo\n" + rows, mapping=mapping)
    assert len(records) == 2
    records, report = judge("registro,fecha,ubigeo,sexo\n" + rows)
    assert len(records) == 1
    assert not report.reading.is_open


def test_headings_are_proposed_and_the_template_needs_no_word(judge):
    """Usual and misspelt names wait for somebody; of two the surer one; ours do not wait."""
    text = "Fecha de registro,Fecha del hecho,Distritto,Provincia\n2022,2023,Ancón,Lima\n"
    records, report = judge(text)
    assert [column.how for column in report.reading.columns] == [
        "second",
        "usual",
        "alike",
        "template",
    ]
    assert records[0]["year"] == 2023
    assert report.reading.needs_confirming
    _, report = judge("fecha,ubigeo\n2023,150101\n")
    assert not report.reading.needs_confirming


def test_a_column_that_nobody_knows_can_be_named(judge):
    """Without a date no row is read until the mapping names the column."""
    text = "Cuándo,Ubigeo\n2023,150101\n"
    with refused("required_column"):
        judge(text)
    assert check_file(text.encode()).report.reading.missing == "date"
    mapping = read_mapping('{"Cuándo": "fecha", "Ubigeo": "district_ubigeo"}'.encode())
    records, report = judge(text, mapping=mapping)
    assert (len(records), report.reading.needs_confirming) == (1, False)
    with refused("duplicate_column"):
        judge(text, mapping={"columns": {"Cuándo": "date", "Ubigeo": "date"}})


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[]", "mapping_unreadable"),
        (b"{", "mapping_unreadable"),
        (b"[" * 60_000, "mapping_unreadable"),
        (b'{"columns": {"a": 1}}', "mapping_unreadable"),
        (b'{"columns": [], "answers": 3}', "mapping_unreadable"),
        (b'{"columns": {"a": "color"}}', "mapping_field"),
        (b'{"columns": {}, "answers": {"sex_m": "x"}}', "mapping_answer"),
        (b'{"columns": {}, "words": ["a"]}', "mapping_unreadable"),
        (b'{"columns": {}, "words": {"date": {"a": "b"}}}', "mapping_field"),
        (b'{"columns": {}, "words": {"sex": {"a": "b"}}}', "mapping_answer"),
        (b" " * 70_000, "mapping_unreadable"),
    ],
)
def test_a_mapping_that_is_none_is_refused(content, code):
    """By its form alone; a table of points is no mapping."""
    with refused(code):
        read_mapping(content)
    assert not is_mapping(b'{"type": "FeatureCollection", "columns": []}')


def test_notes_beside_and_below_the_table_cost_no_row(judge):
    """Text right of the headings, the headings again on a new page, a title that is not read."""
    rows = [
        ["Registro de casos", "", ""],
        ["Fecha", "Distrito", "Provincia"],
        ["17/05/2023", "Ancón", "Lima", "ojo"],
        ["Fecha", "Distrito", "Provincia"],
        ["17/05/2023", "Ancón", "Lima"],
        ["Total general", "", "2"],
    ]
    _, report = judge(workbook(sheet_rows(rows)))
    assert [(entry.line, entry.code) for entry in report.entries if entry.is_fault] == [
        (4, "note_row"),
        (6, "total_row"),
    ]
    assert report.used_count == 2


def test_dashes_are_empty_cells(judge):
    """A dash where nothing is known is no fault; a date that nobody knows keeps its row."""
    records, report = judge("fecha,ubigeo,victimas,sexo\ns/f,150101,-,—\n2023,150101,--,...\n")
    assert [(record["year"], record["sex"]) for record in records] == [
        (None, "unknown"),
        (2023, "unknown"),
    ]
    assert report.is_clean


@pytest.mark.usefixtures("read_this_here")
def test_profiles_use_the_codes_of_the_template():
    """Sex, age and purpose are counted where the file has them, and not asked for elsewhere."""
    for key, axes in PROFILES.items():
        for name, codes in zip(key, axes, strict=True):
            assert codes == tuple(code["code"] for code in field(name).codes)
    rows = "2023,170101,F,14 años\n" * 20 + "2023,170101,M,30\n" * 12
    (profile,) = gated_profiles(check_file(f"fecha,ubigeo,sexo,edad\n{rows}".encode()))
    shown = profile.frame[~profile.frame["is_suppressed"]]
    assert shown[["sex", "age_band", "reported_count"]].to_numpy().tolist() == [
        ["female", "12_17", 20]
    ]
    assert gated_profiles(check_file(b"fecha,ubigeo\n2023,170101\n")) == ()


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_mapping_may_name_columns_as_the_template_heads_them(lang):
    columns = {f"c{at}": own_field.titles[lang] for at, own_field in enumerate(fields())}
    mapping = read_mapping(
        mapping_bytes({"columns": columns, "answers": {"repeated": "leave_out"}})
    )
    assert list(mapping["columns"].values()) == [own_field.name for own_field in fields()]
    assert mapping["answers"] == {"repeated": "leave_out"}
