"""Texts of files as paper draws them: any sign of Unicode comes out as one that a typeface has."""

from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from layers.picture.typeset import document_pdf
from layers.picture.typography import MISSING_SIGN, clean, drawable

_SHEET = """#let data = json(bytes(sys.inputs.data))
#set document(title: data.name, date: none)
#set text(font: "Source Sans Pro", lang: "es")
= #data.name
#data.rows.map(row => row.name).join(" ")
"""


@example("Centro ✔ 😀 日本 a‐b e\u0301 👩‍🚀")
@example("\u202e\ufdd0\U0010ffff\u2028\x00")
@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40))
def test_any_name_is_laid_out(tmp_path_factory, name: str) -> None:
    """As a title and inside a list; what has a sign before has one after."""
    sheet: Path = tmp_path_factory.getbasetemp() / "sheet.typ"
    sheet.write_text(_SHEET, encoding="utf-8")
    values = {"name": f"Sede {clean(name)}", "rows": [{"name": name}]}
    assert document_pdf(sheet, values).startswith(b"%PDF")
    assert drawable(drawable(name)) == drawable(name)


def test_what_the_typeface_has_stays_and_the_rest_is_one_sign_each() -> None:
    spanish = "Ñaña, pingüino ¿sí? – 1,234 km² · «Perú»"
    assert drawable(spanish) == spanish
    assert drawable("日本 ✔") == f"{2 * MISSING_SIGN} {MISSING_SIGN}"
    assert drawable("San\u2010Juan\u2009A") == "San-Juan A"
