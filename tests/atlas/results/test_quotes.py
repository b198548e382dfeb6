"""Sentences to quote: number, unit, period, source, edition, and what it is not."""

from __future__ import annotations

import pytest

from atlas.results.published import in_year
from atlas.results.quotes import quote_count, quote_figure, quote_victims
from atlas.words import words
from data.catalogue import load_package
from data.periods import parse_period
from data.reports import load_region_counts
from geo.errors import UserError
from tests.other_process import run


def test_the_two_figures_of_huancavelica_and_which_is_for_what():
    """Each with its own unit, source, date and edition; neither is a count of victims."""
    prosecutors = quote_count("09", parse_period("2025-01/2025-11"), words("en"))
    police = quote_count("09", parse_period("2024", "police"), words("es"))
    assert prosecutors == (
        "Peru's prosecutors recorded 62 reported offences of human trafficking in Huancavelica in "
        "January to November 2025. The figure leaves out reports of Churcampa, Huaytará and "
        "Tayacaja, where 37% of its residents live (2025). The prosecutors count them outside "
        "this district. These are reported offences, not victims or convictions, and "
        "they do not measure how much trafficking there is. One complaint can count twice. "
        "Published by Ministerio Público - "
        "Fiscalía de la Nación (MPFN), open data (December 17, 2025) in “MPFN - Delitos "
        "denunciados 2025, enero a noviembre (BD-delitos-denunciados-2025-11.csv)”. Taken from "
        "Atlas Trata Perú, edition of November 25, 2026."
    )
    assert str(load_package()["created"]).startswith("2026-11-25")
    assert police.startswith(
        "La Policía no registró denuncias policiales de trata de personas en Huancavelica en 2024. "
        "Son denuncias ante la Policía, no víctimas ni casos probados, "
    )
    assert police.endswith("Tomado del Atlas Trata Perú, edición del 25 de noviembre de 2026.")


@pytest.mark.parametrize(("lang", "phrases"), [
    ("es", "Nadie publica cuántas víctimas de trata de personas hubo en el Perú en 2024. "
           "Lo que se publica de ese año son 669 denuncias policiales ("),
    ("en", "Nobody publishes how many victims of human trafficking there were in Peru in 2024. "
           "What is published of that year is 669 complaints to the police ("),
])  # fmt: skip
def test_how_many_victims(lang, phrases):
    sentence = quote_victims(2024, words(lang))
    assert sentence.startswith(phrases)
    assert "2,058" in sentence
    assert "2,727" not in sentence
    with pytest.raises(UserError, match=r"quote\.fault\.year"):
        quote_victims(1990, words(lang))


@pytest.mark.parametrize(("department", "registry", "period", "phrase"), [
    ("19", "mpfn", "2025-01/2025-11", "We have no figure of Peru's prosecutors for Pasco in"),
    ("20", "mpfn", "2025-01/2025-11", "The count is incomplete, because one of the offices"),
    ("15", "police", "2024", "The national police unit records in Lima what it finds anywhere"),
    ("06", "mpfn", "2023", "leaves out reports of Cutervo, Jaén and San Ignacio, where 33% of its"),
    ("06", "mpfn", "2023", "The figure includes reports of Bolívar (La Libertad)."),
    ("14", "mpfn", "2023", "By elimination, and not confirmed, the figure includes reports of Cut"),
    ("11", "mpfn", "2023", "Lucanas and Parinacochas (Ayacucho) and Huaytará (Huancavelica)."),
    ("15", "mpfn", "2023", "Part of north-west Lima is counted in Lima Noroeste, seated in"),
    (None, "mpfn", "2025-01/2025-11", "All the data of Pasco and Piura, or a part of them, are"),
    (None, "mpfn", "2019", "1,365 reported offences of human trafficking in Peru in 2019."),
])  # fmt: skip
def test_what_is_missing_stands_in_the_sentence(department, registry, period, phrase):
    assert phrase in quote_count(department, parse_period(period, registry), words("en"))


def test_every_department_that_is_counted_elsewhere_says_so():
    """Each with the flag has a sentence more than the others, and the police's figure has none."""
    period = parse_period("2023")
    flags = load_region_counts(period).set_index("department_ubigeo")["flags"]
    for code in flags.index:
        text = quote_count(code, period, words("es"))
        is_moved = "a cifra incluye" in text or "no incluye los" in text or "Lima Noroeste" in text
        assert is_moved == ("denominator_mismatch" in flags[code]), code
        assert "a cifra incluye" not in quote_count(
            code, parse_period("2023", "police"), words("es")
        )


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_published_figure_of_a_year_can_be_quoted(lang):
    """No unit without a sentence of what it is not, no hole, no number without its unit."""
    say = words(lang)
    for year in range(2007, 2026):
        for figure in (*in_year(year, "reports"), *in_year(year, "victims")):
            sentence = quote_figure(figure, say)
            assert say.number(figure.value) in sentence
            assert "{" not in sentence
            assert "None" not in sentence


def test_the_command_prints_one_sentence():
    code, out, err = run("quote", "--department", "Huancavelica", "--period", "2023")
    assert code == 0, err
    assert out.startswith("La Fiscalía registró 46 delitos denunciados")
    assert out.count("\n") == 1
