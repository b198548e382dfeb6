"""What tables say of sources in our words is in the reader's language; names stay as published."""

from __future__ import annotations

import re

import pytest

from atlas.words import source_text, words
from data.catalogue import card_of, descriptor_of, load_table, resource_names

OURS = re.compile(
    r"\b(the|citing|via|repost|press|interview with|copy|mirror\w*|compiled|various|open data|"
    r"and|shown|repo|columns|date|stated|our|positions|public domain)\b",
    re.IGNORECASE,
)
COLUMNS = {"publisher": "publisher", "title": "source_title", "published": "published"}


@pytest.mark.parametrize("field", ["publisher", "published"])
def test_nothing_of_ours_is_left_in_english(field: str) -> None:
    """Every publisher and every date of the 221 sources, and those of the cards."""
    table = load_table("sources")
    texts = {str(text) for text in table[COLUMNS[field]] if text is not None}
    for name in resource_names():
        texts |= {str(one[field]) for one in card_of(descriptor_of(name))["sources"] if one[field]}
    for text in sorted(texts):
        said = source_text(text, field, words("es"))
        assert not OURS.search(said), (text, said)
        assert source_text(text, field, words("en")) == text


@pytest.mark.parametrize(
    ("field", "english", "spanish"),
    [
        (
            "publisher",
            "Ministerio Público - Fiscalía de la Nación (MPFN), open data; mirror: Leo-Spj",
            "Ministerio Público - Fiscalía de la Nación (MPFN), datos abiertos; espejo: Leo-Spj",
        ),
        (
            "publisher",
            "Blog Trata de personas en el Perú, repost of El Búho, citing VI Informe Alternativo",
            "Blog Trata de personas en el Perú, reproducción de El Búho, que cita el VI "
            "Informe Alternativo",
        ),
        ("publisher", "INEI (Scribd copy)", "INEI (copia en Scribd)"),
        ("publisher", "Earth Genome", "Earth Genome"),
        (
            "title",
            "MPFN - Delitos denunciados 2023 (open-data CSV, mirrored on GitHub)",
            "MPFN - Delitos denunciados 2023 (CSV de datos abiertos, con espejo en GitHub)",
        ),
        (
            "title",
            "Jaén, trata de personas; repost of a 2014 press report",
            "Jaén, trata de personas; reproducción de una nota de prensa de 2014",
        ),
        (
            "title",
            'departamentos.js, from UNDP "Índice de Desarrollo Humano Perú" workbook (INDH 2013)',
            "departamentos.js, del libro de cálculo del PNUD "
            '"Índice de Desarrollo Humano Perú" (INDH 2013)',
        ),
        ("published", "2014 (exact date not shown)", "2014 (sin fecha exacta)"),
        ("licence", "not stated by the publisher", "no la indica quien publica"),
        ("licence", "MIT License", "MIT License"),
    ],
)
def test_known_texts(field: str, english: str, spanish: str) -> None:
    """As a reader of each language sees them."""
    assert source_text(english, field, words("es")) == spanish
    assert source_text(english, field, words("en")) == english


def test_licences_of_all_cards_are_said_in_spanish() -> None:
    """Names of licences stay, statements do not."""
    for name in resource_names():
        said = source_text(card_of(descriptor_of(name))["licence"], "licence", words("es"))
        assert not OURS.search(said), said


def test_every_phrase_is_used() -> None:
    """A phrase that no table holds any more is dropped."""
    table = load_table("sources")
    cards = [card_of(descriptor_of(name)) for name in resource_names()]
    texts = {
        field: [str(text) for text in table[column] if text is not None]
        for field, column in COLUMNS.items()
    }
    for card in cards:
        for field, found in texts.items():
            found += [str(one[field]) for one in card["sources"] if one[field]]
    texts["licence"] = [card["licence"] for card in cards]
    for key, english in words("en").catalogue.items():
        if key.startswith("source.phrase."):
            field = key.split(".")[2]
            assert field in texts
            assert any(english in text for text in texts[field]), key
