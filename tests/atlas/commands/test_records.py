"""Own records from a terminal: exit codes, the report, and what never gets into it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.other_process import run

ROOT = Path(__file__).resolve().parents[3]
SECRET = "70123456"


def test_the_report_as_json(tmp_path: Path) -> None:
    """Faults give exit code 1; every row is counted, every entry has its line and suggestion."""
    path = tmp_path / "nuestro.csv"
    path.write_text(
        "fecha,ubigeo,departamento,distrito\n2023,10101,,\n2023,,Puno,Julica\n2999,150101,,\n"
    )
    code, out, err = run("records", "check", str(path), "--format", "json")
    assert (code, err) == (1, "")
    report = json.loads(out)
    assert (report["rows"], report["used"], report["left_out"]) == (3, 2, 1)
    zero, misspelt, year = report["entries"]
    assert (zero["line"], zero["code"], zero["came"]) == (2, "lost_zero", "10101")
    assert misspelt["suggestion"].startswith("211101 Juliaca")
    assert 0.9 < misspelt["confidence"] < 1
    assert (year["line"], year["column"], year["is_fault"]) == (4, "date", True)


def test_personal_data_is_refused_without_its_value(tmp_path: Path) -> None:
    """The refusal names the column in one line on stderr, with code 2 and nothing on stdout."""
    path = tmp_path / "nuestro.csv"
    path.write_text(f"fecha,ubigeo,nota\n2023,150101,Rosa {SECRET}\n")
    command = [sys.executable, "cli.py", "records", "check", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "nota" in done.stderr
    assert SECRET not in done.stderr
    assert "Rosa" not in done.stderr


def test_columns_of_personal_data_are_left_out_by_name(tmp_path: Path) -> None:
    path, mapping = tmp_path / "nuestro.csv", tmp_path / "m.json"
    path.write_text(f"fecha,ubigeo,dni,nota\n2023,150101,x,Rosa {SECRET}\n")
    code, out, err = run("records", "check", str(path))
    assert (code, out) == (2, "")
    assert "dni, nota" in err
    both = ("--drop-columns", "dni,nota", "--write-mapping", str(mapping))
    assert run("records", "check", str(path), *both)[0] == 0
    assert json.loads(mapping.read_text())["drop"] == ["dni", "nota"]
    assert run("records", "check", str(path), "--mapping", str(mapping))[0] == 0


def test_the_same_fault_of_many_rows_is_said_once(tmp_path: Path) -> None:
    """With all its rows and some of what came, as the page groups them; each in the JSON."""
    path = tmp_path / "nuestro.csv"
    misspelt, sound = "Huánuco,L. Prado,Rupa-Rupa", "Loreto,Maynas,Iquitos"
    rows = [f"ayer,{sound}", f"en mayo,{sound}", f"2022,{misspelt}", f"2023,{misspelt}"]
    rows.append(f"anteayer,{sound}")
    path.write_text("\n".join(["fecha,departamento,provincia,distrito", *rows]) + "\n")
    code, report, _ = run("records", "check", str(path), "--lang", "es")
    dates, province = (line for line in report.splitlines() if line.startswith(("FUERA", "usada")))
    assert code == 1
    assert dates.startswith("FUERA  líneas 2–3, 6, fecha: ")
    assert "vino: ayer | en mayo | anteayer" in dates
    assert province.startswith("usada  líneas 4–5, ")
    assert "vino: L. Prado; sugerencia: 1006 Leoncio Prado (Huánuco)" in province
    report = json.loads(run("records", "check", str(path), "--format", "json")[1])
    assert [entry["line"] for entry in report["entries"] if entry["column"] == "date"] == [2, 3, 6]


def test_words_that_are_no_code_are_answered_in_the_mapping(tmp_path: Path) -> None:
    """Asked by --write-mapping, answered in the file, and the sheet is read without a question."""
    path, mapping_path = tmp_path / "casos.csv", tmp_path / "mapa.json"
    words = ["minería"] * 20 + ["Expl. sexual"] * 30 + ["mendicidad"] * 5
    rows = [f"A{at},2023,170101,{word}" for at, word in enumerate(words)]
    path.write_text("registro,fecha,ubigeo,finalidad\n" + "\n".join(rows) + "\n")
    check = ("records", "check", str(path))
    code, report, _ = run(*check, "--lang", "es", "--write-mapping", str(mapping_path))
    assert code == 1
    assert "PREGUNTA words.exploitation_purpose: En «finalidad», ¿qué es «minería»?" in report
    mapping = json.loads(mapping_path.read_text(encoding="utf-8"))
    assert mapping["words"] == {"exploitation_purpose": {"Expl. sexual": "", "minería": ""}}
    answers = {"Expl. sexual": "explotación sexual", "minería": "forced_labour"}
    mapping_path.write_text(
        json.dumps(mapping | {"words": {"exploitation_purpose": answers}}), "utf-8"
    )
    code, report, err = run(*check, "--mapping", str(mapping_path), "--format", "json")
    assert (code, err) == (0, "")
    (profile,) = json.loads(report)["profiles"]
    counts = {row["exploitation_purpose"]: row["reported_count"] for row in profile}
    assert (counts["sexual_exploitation"], counts["forced_labour"]) == (30, 20)
    assert counts["forced_begging"] is None
    mapping_path.write_text("[]")
    code, report, err = run(*check, "--mapping", str(mapping_path), "--lang", "es")
    assert (code, report) == (2, "")
    assert err.startswith("registros no tomados: no es un mapa de columnas")
