"""Template, sample, child and lists for planning."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import asdict
from datetime import date
from pathlib import Path
from threading import BoundedSemaphore

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.own_data.template import sample_bytes, template_bytes
from atlas.own_files import child
from atlas.own_files import isolation as reading
from atlas.own_files.checking import check_table
from atlas.own_files.isolation import check_file
from atlas.own_files.report import LISTED_ENTRIES, refusal_message, report_from
from atlas.words import LANGUAGES, words
from data.readers.gdal_drivers import GDAL_SETTINGS
from data.readers.kinds import read_table
from data.readers.limits import UPLOAD_BYTES
from data.readers.privacy import is_personal_heading, looks_personal, shown
from data.readers.schema import SCHEMA_FILE, UNKNOWN, fields, personal_headings
from geo.errors import UserError
from tests.refusing import refused

ROOT = Path(__file__).resolve().parents[3]
REASONS = {
    code
    for folder in ("atlas/own_data", "atlas/planner", "data/readers")
    for path in (ROOT / folder).glob("*.py")
    for code in re.findall(
        r'\b(?:UserError|require_few)\(\s*"records\.refusal\.(\w+)"', path.read_text("utf-8")
    )
} | {f"reader_{end}" for end in ("time", "wait", "memory", "failed")}


def test_the_schema_is_a_table_schema():
    """Frictionless accepts the schema; no name or word is ambiguous or personal."""
    from frictionless import Schema

    descriptor = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    assert [field.name for field in Schema.from_descriptor(descriptor).fields] == [
        column.name for column in fields()
    ]
    for column in fields():
        assert column.ic_tip, column.name
        if column.codes:
            assert column.codes[-1]["code"] == UNKNOWN
            assert column.constraints["enum"] == [code["code"] for code in column.codes]
        for code in column.codes:
            for word in (code["code"], code["es"], code["en"], *code.get("also", ())):
                assert column.code_of(word) == code["code"], (column.name, word)
        assert not any(is_personal_heading(title) for title in column.titles.values())
    names = [name for column in fields() for name in column.names]
    assert len(names) == len(set(names))
    refused = personal_headings()["words"] - {"nombre"}  # nombre_distrito names a place
    assert not [name for name in names if set(name.split()) & refused]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_s_own_names_are_proposed(lang, judge):
    names = {own_field.name: words(lang)(f"own.field.{own_field.name}") for own_field in fields()}
    _, report = judge(f"{','.join(names.values())}\n{',' * (len(names) - 1)}\n")
    assert report.columns == {heading: name for name, heading in names.items()}


def test_the_sample_is_clean_and_says_what_it_is(judge):
    """300 records, all used, all invented, the same every time; both forms hold the same."""
    records, report = judge(sample_bytes("csv", lang="es"))
    assert (report.row_count, report.used_count) == (300, 300)
    assert report.is_clean
    assert ("invented", "300") in report.notices
    assert all(record["invented"] for record in records)
    assert judge(sample_bytes("xlsx", lang="en"))[0] == records


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_empty_template_has_no_row(form, judge):
    records, report = judge(template_bytes(form))
    assert records == []
    assert list(report.columns.values()) == [column.name for column in fields()]
    assert not report.is_accepted


def test_words_and_codes_mean_the_same(judge):
    """Codes, Spanish and English words and local forms mean the same; others are unknown."""
    meant = {
        "exploitation_purpose": {
            **dict.fromkeys(("sexual_exploitation", "Sexual Exploitation"), "sexual_exploitation"),
            "Explotación Sexual": "sexual_exploitation",
            "otro": "other",
            "trabajo forzado": "forced_labour",
            "s/d": UNKNOWN,
            "": UNKNOWN,
            "?x": None,
        },
        # M alone is mujer or masculino
        "sex": {"Femenino": "female", "VARÓN": "male", "F": "female", "h": "male", "m": None},
        # the edges of the bands; the years themselves are not kept
        "age_band": {
            "Menor de edad": "minor",
            "minor": "minor",
            "0": "0_11",
            "11": "0_11",
            "12": "12_17",
            "17": "12_17",
            "18": "18_29",
            "60": "60_plus",
        },
    }
    for column, codes in meant.items():
        for word, code in codes.items():
            records, report = judge(f"fecha,ubigeo,{column}\n2023,150101,{word}\n")
            assert records[0][column] == (code or UNKNOWN), word
            assert report.is_clean == (code is not None), word
            assert not any(entry.is_fault for entry in report.entries)


def test_what_is_kept_is_only_what_is_needed():
    """Positions, months, days, record numbers and dropped columns are gone after the check."""
    head, row = (
        "registro,fecha,ubigeo,longitud,latitud,color",
        "A-17,2023-05-17,150101,-77.03,-12.05",
    )
    text = f"{head}\n{row},rojizo\n"
    reply = json.loads(child.answer(text.encode(), "records", {}))
    (record,) = reply["rows"]
    coded = {name for name, value in record.items() if value == UNKNOWN}
    assert set(record) - coded == {"year", "province_ubigeo", "invented"}
    assert not any(part in str(reply) for part in ("A-17", "rojizo", "77.03", "2023-05", "150101"))
    assert ["unknown_column", "color"] in reply["report"]["notices"]


def test_repeated_numbers_are_left_out_and_twins_are_shown(judge):
    """A record number counts once; equal rows without a number are counted and listed."""
    text = "registro,fecha,ubigeo\nA1,2023,150101\nA1,2022,150101\n,2023,150101\n,2023,150101\n"
    records, report = judge(text)
    assert [(e.line, e.code, e.is_fault) for e in report.entries] == [
        (3, "repeated_id", True),
        (5, "same_row", False),
    ]
    assert len(records) == 3


PROBE = """
import json, os, resource, socket, sys
from atlas.own_files import child
from data.readers import limits

child._shut(memory_bytes=limits.UPLOAD.memory_bytes, cpu_seconds=limits.UPLOAD.cpu_seconds)
if os.environ["ATLAS_RECORDS_NETWORK"] != "unshared":
    child._block_sockets()

def write():
    with open(sys.argv[2], "wb", 0) as stream:
        stream.write(b"x")

from data.readers.geofiles import gdal
from data.readers.gdal_drivers import ALLOWED_DRIVERS

told = {
    "drivers": sorted(set(gdal().list_drivers()) - ALLOWED_DRIVERS),
    "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
    # the soft limit ends it by SIGXCPU, which nothing else sends
    "cpu": resource.getrlimit(resource.RLIMIT_CPU),
}
for name, attempt in (
    ("connect", lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)),
    ("write", write),
    ("memory", lambda: bytearray(2 << 30)),
):
    try:
        attempt()
        told[name] = "done"
    except (OSError, MemoryError) as fault:
        told[name] = type(fault).__name__
print(json.dumps(told))
"""


def test_the_child_can_neither_connect_nor_write(isolation, trap, tmp_path):
    """In the child's place a probe finds no connection, file, memory or other GDAL driver."""
    port = trap.address.rpartition(":")[2]
    done = subprocess.run(
        [*reading._unshare(), sys.executable, "-c", PROBE, port, str(tmp_path / "probe")],
        capture_output=True,
        env={
            **GDAL_SETTINGS,
            "ATLAS_RECORDS_NETWORK": isolation,
            "PYTHONPATH": str(reading._ROOT),
        },
        timeout=300,
        check=True,
    )
    tried = json.loads(done.stdout)
    faults = {"connect": "OSError", "write": "OSError", "memory": "MemoryError"}
    assert tried == {"drivers": [], "core": 0, "cpu": [20, 21], **faults}


RECORDS = b"fecha,ubigeo\n2023,150101\n"


@pytest.mark.parametrize("isolation", ["unshared"], indirect=True)
def test_a_reader_that_waits_answers_as_a_new_one(isolation, monkeypatch):
    """One waits at most, reads one file within its limits, and is gone; a dead one is replaced."""
    reading.make_ready()
    (waiting,) = reading._READY
    reading.make_ready()
    assert [waiting] == reading._READY
    assert waiting.poll() is None
    first = check_file(RECORDS)
    assert len(first.rows) == 1
    assert (waiting.poll(), reading._READY) == (0, [])
    reading.make_ready()
    (waiting,) = reading._READY
    waiting.kill()
    waiting.wait()
    answer = child.answer(RECORDS, "records", {}).decode()
    in_its_place(monkeypatch, f"import sys; sys.stdin.buffer.read(); print({answer!r})")
    assert check_file(RECORDS) == first


def in_its_place(monkeypatch, code):
    """Let this program be the child."""
    monkeypatch.setattr(reading, "_unshare", lambda: (sys.executable, "-c", code))


@pytest.mark.parametrize(
    ("code", "refusal", "fault"),
    [
        ("import os; os.kill(os.getpid(), 24)", "reader_time", "ended by -24"),
        ("import os; os.kill(os.getpid(), 9)", "reader_memory", "ended by -9"),
        ("import os; os.abort()", "reader_memory", "ended by -6"),
        ("raise SystemExit(127)", "reader_memory", "ended by 127"),
        ("import os; os.kill(os.getpid(), 11)", "reader_failed", "ended by -11"),
        ("1 / 0", "reader_failed", "ended by 1"),
        ("print('150101')", "reader_failed", "an answer of 7 bytes"),
        ("", "reader_failed", "an answer of 0 bytes"),
        ("import time; time.sleep(60)", "reader_wait", "no answer"),
    ],
)
def test_what_became_of_the_child_is_no_fault_of_the_file(
    monkeypatch, caplog, code, refusal, fault
):
    """Out of time, of memory, broken or silent: told apart, in the log as well, without a value."""
    in_its_place(monkeypatch, code)
    monkeypatch.setattr(reading, "WALL_SECONDS", 0.3 if refusal == "reader_wait" else 60.0)
    with pytest.raises(UserError) as caught:
        check_file(RECORDS)
    assert caught.value.key == f"records.refusal.{refusal}"
    assert caplog.messages == [f"reader of records: {refusal} ({fault})"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyError("70123456"), "reader_failed"),
        (MemoryError("70123456"), "reader_memory"),
        (RuntimeError("std::bad_alloc 70123456"), "reader_memory"),
        (ImportError("x.so: failed to map segment from shared object"), "reader_memory"),
    ],
)
def test_a_fault_inside_the_child_crosses_by_its_class_alone(monkeypatch, error, code):
    """Its text could hold a cell."""

    def fail(*_, **__):
        raise error

    monkeypatch.setattr("data.readers.kinds.read_table", fail)
    refusal = json.loads(child.answer(RECORDS, "records", {}))
    assert refusal == {"refusal": f"records.refusal.{code}", "fault": type(error).__name__}
    assert "70123456" not in json.dumps(refusal)


def test_few_children_at_a_time(monkeypatch):
    """While two files are read a third waits, and is told so when it takes too long."""
    assert reading.CHILDREN == 2
    turns = BoundedSemaphore(1)
    monkeypatch.setattr(reading, "_TURNS", turns)
    monkeypatch.setattr(reading, "QUEUE_SECONDS", 0.05)
    with turns, refused("queue"):
        check_file(b"fecha,ubigeo\n2023,150101\n")
    monkeypatch.setattr(
        reading, "_unshare", lambda: (sys.executable, "-c", "import os; os.abort()")
    )
    with refused("reader_memory"):
        check_file(b"fecha,ubigeo\n2023,150101\n")
    assert turns.acquire(blocking=False), "a child that dies gives its turn back"


@pytest.mark.usefixtures("read_this_here")
def test_a_file_of_faults_only_has_a_report_of_bounded_size():
    """35,000 entries: 20,000 are listed, left-out rows first, the rest counted by code."""
    row = "2023,150101,a,b,c,d,e,f\n"
    head = "fecha,ubigeo,etapa,categoria_victima,finalidad,medio_captacion,sexo,fuente\n"
    report = check_file((head + row * 4_999 + "2999,150101,,,,,,\n").encode()).report
    assert report.row_count == 5_000
    assert report.used_count == 4_999
    assert len(report.entries) == LISTED_ENTRIES
    assert report.entries[0].code == "date_year"
    assert report.entries[0].line == 5_001
    # six words a row that are no codes, and rows alike in all cells
    assert report.counts() == {"code_unlisted": 6 * 4_999, "same_row": 4_998, "date_year": 1}
    assert report.entry_count == 7 * 4_999


def test_an_unlisted_row_outside_peru_still_stops_the_import(monkeypatch):
    """What is not listed for its number is judged all the same."""
    monkeypatch.setattr("atlas.own_files.report.LISTED_ENTRIES", 1)
    text = "fecha,longitud,latitud\n2999,-77.03,-12.05\n2023,-12,-77\n2023,-77.03,-12.05\n"
    _, report = check_table(read_table(text.encode()), latest=date(2026, 1, 1))
    assert [entry.code for entry in report.entries] == ["date_year"]
    assert report.counts() == {"date_year": 1, "swapped": 1}
    assert not report.is_accepted
    assert not report_from(asdict(report)).is_accepted


def test_what_a_session_keeps_of_a_report_has_no_values(judge):
    """The terminal shows what came; the page's report has forgotten it."""
    _, report = judge("fecha,ubigeo\nayer por la tarde,150101\n")
    assert "ayer" in str(report.as_dict())
    assert "ayer" not in str(report.without_values().as_dict())
    assert report.without_values().counts() == report.counts()


def test_sizes_are_refused_before_a_child_is_asked(monkeypatch):
    """5 MB and nothing at all."""
    monkeypatch.setattr(reading.subprocess, "run", None)
    with refused("too_large"):
        check_file(b"x" * (UPLOAD_BYTES + 1))
    with refused("empty"):
        check_file(b"")


def test_what_to_do_fits_the_kind_of_file():
    """Nobody saves shapes as a table; how detailed zones are simplified is said of them alone."""
    of_tables = {"nul", "quotes", "old_workbook", "workbook_damaged", "unknown_format"}
    for lang in LANGUAGES:
        for code in REASONS - of_tables:
            for task in ("zones", "distances"):
                assert "CSV" not in refusal_message(_refusal(code), task).text(words(lang)), code
    for code in ("reader_time", "reader_memory", "too_large"):
        keys = [refusal_message(_refusal(code), task).key for task in ("zones", "records", "plan")]
        assert keys == [f"records.refusal.{code}{of}" for of in (".zones", "", "")]


def _refusal(code: str) -> UserError:
    return UserError(f"records.refusal.{code}", column="fecha", line=3, limit="9")


def test_a_text_is_shown_on_one_line():
    """Of any words, without signs that steer a terminal, and cut."""
    assert shown("\x1b]0;x\x07" + "a" * 90) == "]0;x" + "a" * 55 + "…"


@settings(max_examples=100)
@given(st.integers(0, 99_999_999), st.sampled_from(["{}", "DNI {}", "n°{}.", "x{}y", "({})"]))
def test_any_identity_number_is_seen(number, around):
    """Eight digits alone, glued to letters, between signs; not seven or ten."""
    digits = f"{number:08d}"
    assert looks_personal(around.format(digits))
    assert not looks_personal(around.format(digits[:7]))
    assert not looks_personal(around.format("1" + digits + "1"))


@settings(max_examples=60)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(content):
    try:
        table = read_table(content)
    except UserError as refusal:
        reason = refusal.key.removeprefix("records.refusal.")
    else:
        reason = ""
        assert len(table.rows) == len(table.lines)
    assert reason in {"", *REASONS}
