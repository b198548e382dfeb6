"""What the readers of foreign files say of them, and what they never repeat."""

import io

import numpy as np
import pytest
from openpyxl import Workbook

from data.readers.kinds import read_table
from data.readers.osm import read_ways
from data.readers.privacy import is_personal_heading
from tests.osm_files import osm_text


@pytest.mark.parametrize(
    ("heading", "is_personal"),
    [
        ("DniVictima", True),
        ("codigoDni", True),
        ("fechaNacimiento", True),
        ("telefonoContacto", True),
        ("NombreVictima", True),
        ("nombreDistrito", False),
        ("departamentoCaso", False),
        ("codigoUbigeo", False),
    ],
)
def test_headings_without_blanks_are_read_word_by_word(heading, is_personal):
    assert is_personal_heading(heading) == is_personal
    snake = "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in heading).strip("_")
    assert is_personal_heading(snake) == is_personal
    assert is_personal_heading(snake.replace("_", " ").upper()) == is_personal


@pytest.mark.parametrize(
    ("encoding", "notices"),
    [
        ("utf-8", []),
        ("utf-8-sig", []),
        ("cp1252", [("encoding", "Windows-1252")]),
        ("utf-16", [("encoding", "UTF-16")]),
    ],
)
def test_a_guessed_encoding_is_told(encoding, notices):
    """Windows-1252 reads any bytes: whoever has another one must see which was taken."""
    table = read_table("distrito,fecha\nÑuñoa,2023\n".encode(encoding))
    assert table.rows == [["Ñuñoa", "2023"]]
    assert table.notices == notices


@pytest.mark.parametrize(
    ("title", "label"), [("Casos 2023", "Casos 2023"), ("45678912", "2"), ("María 987654321", "2")]
)
def test_the_name_of_a_sheet_is_shown_unless_it_is_somebodys(title, label):
    book = Workbook()
    book.active.title = "Notas"
    sheet = book.create_sheet(title)
    for row in (["fecha", "distrito", "sexo"], ["2023-01", "170101", "F"]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    table = read_table(out.getvalue(), {"fecha", "distrito", "sexo"})
    assert (table.sheet, table.sheets) == (label, (label,))


SIGNS = {"30 mph": 48.28032, "20": 20.0, "8 knots": 14.816, "walk": np.inf, "0": np.inf}
"""What a sign says, and kilometres an hour; without a number it is no limit."""


def test_signs_in_kilometres_an_hour(tmp_path):
    points = {1: (-75.0, -9.0), 2: (-75.0, -9.1)}
    ways = [((1, 2), {"highway": "primary", "maxspeed": sign}) for sign in SIGNS]
    path = tmp_path / "signs.osm"
    path.write_text(osm_text(points, ways), encoding="utf-8")
    read = read_ways(path, roads=frozenset({"primary"}), paths=frozenset(), surfaces=frozenset())
    np.testing.assert_allclose(read.limit_kmh, list(SIGNS.values()))
