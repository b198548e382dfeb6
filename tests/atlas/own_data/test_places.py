"""Places by code and by name: what is told apart, and with what confidence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atlas.own_files.places import find_place, gazetteer, inei_department
from data.names import normalise_name

NAMED = ("Callao", "Cusco", "Huancavelica", "Lima", "Madre de Dios", "Tumbes", "Ucayali")


def test_known_codes_of_reniec():
    """As published in the equivalence of both lists: Callao 24, Cusco 07, Lima 14, Ucayali 25."""
    inei = {name: code for code, name in gazetteer().names.items() if len(code) == 2}
    reniec = {"24": "Callao", "07": "Cusco", "08": "Huancavelica", "14": "Lima", "25": "Ucayali"}
    reniec |= {"16": "Madre de Dios", "23": "Tumbes", "01": "Amazonas", "06": "Cajamarca"}
    for code, name in reniec.items():
        assert inei_department(code) == inei[name]
    assert len({inei_department(f"{code:02d}") for code in range(1, 26)}) == 25


@pytest.mark.parametrize(
    ("cells", "district", "remark"),
    [
        (("", "Madre de Dios", "", "Tambopta"), "170101", "misspelt"),
        (("", "MADRE DE DIOS", "tambopata", "Inambari"), "170102", ""),
        (("", "", "", "Puerto Maldonado"), "170101", "capital"),
        (("", "Lima", "Lima", "Cercado de Lima"), "150101", ""),
        (("", "Ancash", "Antonio Raimondi", "Llamellin"), "020301", "misspelt"),
        (("", "Huánuco", "L. Prado", "Rupa-Rupa"), "100601", "misspelt"),
        (("150101", "", "", "distrito desconocido"), "150101", ""),
        (("240101", "Callao", "Callao", "Callao"), "070101", "reniec_code"),
        (("140101", "Lima", "Lima", "Lima"), "150101", "reniec_code"),
    ],
)
def test_places_that_are_found(cells, district, remark):
    """Old spellings, capitals, numbers of the other list: found, and said so."""
    match = find_place(*cells)
    assert (match.problem, match.district_ubigeo, match.remark) == ("", district, remark)
    assert match.province_ubigeo.startswith(district[:4])


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (("", "", "", "Santa Rosa"), "name_shared"),
        (("", "Lima", "", "Tambopata"), "names_disagree"),
        (("150101", "Cusco", "", ""), "code_and_names"),
        (("999999", "", "", ""), "code_unknown"),
        (("150199", "", "", ""), "code_unknown"),
        (("15-01", "", "", ""), "code_format"),
        (("", "Lima", "", ""), "place_coarse"),
        (("15", "", "", ""), "place_coarse"),
        (("", "Atlantis", "", "Lima"), "department_unknown"),
        (("", "Puno", "", "Zzyzx"), "district_unknown"),
        (("", "", "", ""), "place_missing"),
        (("s/d", "desconocido", "", ""), "place_missing"),
    ],
)
def test_places_that_are_not_guessed(cells, problem):
    """Shared names, contradictions and unknown ones keep the row out."""
    match = find_place(*cells)
    assert match.problem == problem
    assert not match.province_ubigeo


def test_every_shipped_name_finds_its_code():
    """With department and province beside it each of the 1,895 districts is itself."""
    book = gazetteer()
    codes = [code for code in book.names if len(code) == 6]
    assert len(codes) == 1895
    for code in codes:
        match = find_place("", book.names[code[:2]], book.names[code[:4]], book.names[code])
        assert match.district_ubigeo == code


def test_a_name_a_letter_from_two_is_neither():
    """Huachis and Huacchis are districts of Huari."""
    match = find_place("", "Áncash", "Huari", "Huaachis")
    assert (match.problem, match.meant) == ("district_unknown", None)
    assert find_place("", "Áncash", "Huari", "Huacchis").district_ubigeo == "021006"


@pytest.mark.parametrize(
    ("cells", "suggestion", "province"),
    [
        (("", "Ica", "Nazca", ""), "1103 Nasca (Ica)", "1103"),
        (("", "Ankash", "Huari", "Huari"), "02 Áncash", "0210"),
    ],
)
def test_what_is_less_like_a_name_is_a_question(cells, suggestion, province):
    """INEI writes Nasca: 0.80 alike, four of five letters in their order, twice over ten."""
    match = find_place(*cells)
    assert match.problem
    assert not match.province_ubigeo
    assert match.meant is not None
    assert (match.meant.suggestion, match.meant.province_ubigeo) == (suggestion, province)
    assert find_place("", "", cells[2], "").meant is None  # alone it is not enough


@settings(max_examples=60)
@given(st.sampled_from(sorted(c for c in gazetteer().names if len(c) == 6)), st.data())
def test_one_wrong_letter_never_moves_a_record(code, data):
    """One wrong letter gives the same district or no place, unless it is another's name."""
    book = gazetteer()
    name = book.names[code]
    at = data.draw(st.integers(0, len(name) - 1))
    letter = data.draw(st.sampled_from("aeioulnst"))
    slipped = name[:at] + letter + name[at + 1 :]
    match = find_place("", book.names[code[:2]], book.names[code[:4]], slipped)
    same = {c for c in book.names if len(c) == 6 and book.names[c].lower() == slipped.lower()}
    assert match.problem or match.district_ubigeo == code or match.district_ubigeo in same


@pytest.mark.parametrize(
    "cells",
    [
        ("", "Huánuco", "L. Prado", ""),  # no district
        ("", "", "L. Prado", "Rupa-Rupa"),  # no department
        ("", "Huánuco", "L. Prado", "Rupa Rpa"),  # two names that are none
        ("", "Huánuco", "L. Prado", "Margos y más"),
        ("", "Áncash", "X. Y.", "San Marcos del Sur"),
        ("", "Cusco", "L. Prado", "Rupa-Rupa"),  # the district of another department
    ],
)
def test_a_province_that_no_name_is_like_needs_a_sure_district(cells):
    """Nothing is guessed: without a department and one district that is called so the row waits."""
    assert find_place(*cells).problem in ("province_unknown", "names_disagree")


@settings(max_examples=150)
@given(st.data())
def test_a_suggestion_is_never_what_came(data):
    """A suggestion differs from the cell that it corrects."""
    book = gazetteer()
    code = data.draw(st.sampled_from(sorted(book.positions)))
    names = [book.names[code[:length]] for length in (2, 4, 6)]
    spoilt = data.draw(st.integers(0, 2))
    at = data.draw(st.integers(0, len(names[spoilt]) - 1))
    letter = data.draw(st.sampled_from("aeioulrnsz"))
    names[spoilt] = names[spoilt][:at] + letter + names[spoilt][at + 1 :]
    match = find_place("", *names)
    if match.suggestion and match.problem != "name_shared":
        came = dict(zip(("department", "province", "district"), names, strict=True))[match.column]
        suggested = [
            suggested_name.partition(" ")[2].partition(" (")[0]
            for suggested_name in match.suggestion.split(";")
        ]
        assert normalise_name(came, is_place=True) not in [
            normalise_name(suggested_name, is_place=True) for suggested_name in suggested
        ]
