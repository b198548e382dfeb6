"""What commands say on stderr is in the language of --lang, English without one."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
POINTS = "lon,lat,w\n" + "".join(f"-76.{n},-12.{n},1\n" for n in range(10, 60))
LINES = [
    ("geojson --period 2023 --out a.geojson", "se escribió a.geojson"),
    (
        "geojson --out missing/a.geojson",
        "no se puede escribir {folder}/missing/a.geojson (no existe el archivo o la carpeta); "
        "elija una carpeta que exista y sea suya",
    ),
    (
        "map --level provinces --registry police --period 2022 --layers density --out a.html",
        "capas omitidas, que no hay por debajo del departamento: density",
    ),
    (
        "map --level districts --out a.html",
        "no hay contornos de distritos: tráigalos con refresh boundaries "
        "--source ARCHIVO_O_DIRECCIÓN",
    ),
    (
        "regions --level provinces --registry police --period 2022",
        "8 más no tienen provincia en el registro",
    ),
    (
        "hotspots --period 2023 --lens excess",
        "método excess, periodo 2023, semilla 1. p: una misma tasa para todos, con las oleadas de "
        "los reportes de cada año (kappa 0.110, de 0.070 a 0.179).",
    ),
    (
        "density --period 2023 --cell-km 20 --out a.tif",
        "2023: 1,076 x delito denunciado, la cuadrícula contiene 1,076.00; suavizado de 40.0 km "
        "(como se pidió); modelado, repartido por población; 60 localidades movidas a la "
        "cuadrícula, 17.6 km como máximo",
    ),
    (
        "density --points own.csv --longitude lon --latitude lat --out site/a.tif",
        "--out está dentro de 'site', que se publica: lo que se hace con sus propios registros se "
        "escribe en una carpeta que nadie publica; elija otra",
    ),
    (
        "travel-times --network a.osm --areas-out a.gpkg",
        "--areas-out necesita --max-minutes: hasta dónde llega un área",
    ),
    ("refresh", "diga qué actualizar; vea refresh --help"),
    (
        "refresh mining --source a.json --period spring",
        "--period es 'spring': dé un año o un trimestre, por ejemplo 2025 o 2026Q2",
    ),
    (
        "records sample --out a.csv",
        "datos inventados: 300 registros de práctica, nada de lo que dicen ocurrió",
    ),
    (
        "public --out .",
        "{folder} tiene archivos ajenos (own.csv): nombre una carpeta nueva, una vacía o una que "
        "haya escrito este comando",
    ),
    ("series", "Falta la opción '--registry'. Vea --help."),
    ("records check", "Falta el argumento 'file'. Vea --help."),
    ("regions --peroid 2023", "No existe la opción --peroid (parecidas: --period). Vea --help."),
    ("regions --xyzzy", "No existe la opción --xyzzy. Vea --help."),
    ("regoins", "No existe el comando 'regoins'. ¿Quiso decir 'regions'? Vea --help."),
    ("xyzzy", "No existe el comando 'xyzzy'. Vea --help."),
    ("regions 2023", "Sobra lo que sigue: 2023. Vea --help."),
    (
        "picture --out a.svg --width-px wide",
        "El valor de '--width-px' no sirve: dé un número entero. Vea --help.",
    ),
    (
        "picture --out a.svg --isopleths=yes",
        "La opción '--isopleths' no lleva valor. Vea --help.",
    ),
    (
        "sites --exclude a.csv --exclude b.csv",
        "El valor de --exclude no sirve: viene 2 veces y solo valdría la última; dela una vez, con "
        "varios archivos reunidos en uno. Vea --help.",
    ),
]


@pytest.mark.parametrize(("asked", "line"), LINES, ids=[asked for asked, _ in LINES])
def test_messages_are_in_the_language_asked_for(
    run: Callable[..., tuple[int, str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: str,
    line: str,
) -> None:
    """The line is there in Spanish and not in English; a refusal is that line alone."""
    folder = tmp_path / "asked"
    folder.mkdir()
    (folder / "own.csv").write_text(POINTS)
    monkeypatch.chdir(folder)
    line = line.format(folder=folder)
    spanish_code, spanish_out, spanish = run(*shlex.split(asked), "--lang", "es")
    code, out, english = run(*shlex.split(asked), "--lang", "en")
    assert line in spanish.splitlines()
    assert line not in english.splitlines()
    assert code == spanish_code
    assert len(spanish.splitlines()) == len(english.splitlines())
    if code:
        assert (out, spanish_out, len(spanish.splitlines())) == ("", "", 1)


def test_an_option_without_its_value_is_named_in_spanish(
    run: Callable[..., tuple[int, str, str]],
) -> None:
    """It stands last, so the language stands before it."""
    asked = ("regions", "--lang", "es", "--period")
    assert run(*asked)[2] == "La opción '--period' necesita un valor. Vea --help.\n"


def test_no_message_stands_in_the_code() -> None:
    """What goes to stderr, or to refuse, is a message of the catalogues: its words are not
    literals of the call."""
    written = []
    for path in [*(ROOT / "atlas").rglob("*.py"), ROOT / "cli.py"]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _goes_to_stderr(node):
                texts = [each.value for each in node.args for each in _texts(each)]
                written += [(path.name, text) for text in texts if re.search(r"[a-z]{2,}", text)]
    assert written == []


def _goes_to_stderr(call: ast.Call) -> bool:
    name = ast.unparse(call.func)
    at_stderr = any(ast.unparse(keyword) == "file=sys.stderr" for keyword in call.keywords)
    return name in ("refuse", "sys.stderr.write") or (name == "print" and at_stderr)


def _texts(node: ast.expr) -> list[ast.Constant]:
    """The literals of a text, not those of a call in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node]
    if isinstance(node, ast.JoinedStr):
        return [part for part in node.values if isinstance(part, ast.Constant)]
    if isinstance(node, ast.BinOp | ast.IfExp):
        parts = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.body, node.orelse]
        return [text for part in parts for text in _texts(part)]
    return []
