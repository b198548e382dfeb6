"""The word catalogues and the words of tables: complete, alike in every language."""

from __future__ import annotations

import ast
import csv
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from atlas.results.regions import dated_text
from atlas.words import LANGUAGES, preferred_language, source_text, words
from data.catalogue import card_of, descriptor_of, load_table, resource_names
from studies.word_references import CATALOGUES, References, referenced, sources

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = re.compile(r"[a-z]\w*\.[\w.+/ -]+|times")


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _plain(text: str) -> str:
    return "".join(part for part, *_ in string.Formatter().parse(text))


def test_every_language_has_the_same_messages_and_placeholders() -> None:
    """No message is empty, and long ones differ; templates of errors are English themselves."""
    spanish, english = words("es").catalogue, words("en").catalogue
    assert {key for key in spanish if KEY.fullmatch(key)} == set(english)
    for key, text in spanish.items():
        original = english.get(key, key)
        assert _placeholders(text) == _placeholders(original), key
        assert text.strip(), key
        assert original.strip(), key
        assert len(_plain(text)) <= 30 or text != original, f"{key} is not translated"
    with pytest.raises(KeyError, match="es, en"):
        words("qu")


def test_abandoned_words_stay_away() -> None:
    """docs/words.md names one word for each thing, and those that were given up for it."""
    table = (ROOT / "docs" / "words.md").read_text("utf-8")
    rows = [line.strip("| ").split("|") for line in table.splitlines() if line.startswith("| ")]
    given_up = [word.strip() for row in rows[2:] if len(row) == 4 for word in row[3].split(",")]
    assert "veredicto" in given_up
    # "delitos reportados" is "delito reportado"
    plural = [r"(?:e?s)?\s".join(map(re.escape, phrase.split())) for phrase in given_up]
    pattern = re.compile(rf"\b({'|'.join(plural)})(?:e?s)?\b", re.IGNORECASE)
    for key, text in words("es").catalogue.items():
        assert not pattern.search(_plain(text)), (key, pattern.findall(text))


def test_statistics_stand_behind_detail() -> None:
    """Names and letters that a planner need not know, nowhere but in details and in Método."""
    names = re.compile(
        r"[κφμ]|\b(Gi\*|Moran|Mann-Kendall|Benjamini|Kulldorff|Bayes|bayesian\w+|Poisson|semillas?"
        r"|seeds?|[pq] =|MCLP|LSCP|remuestre\w+|heurística)(?!\w)"
    )
    behind = re.compile(
        r"method\.|column\.q_value\.means|focos\.(\w+\.detail|waves|chance\.seed|scan\.p|course\.)"
        r"|plan\.(\w+\.help|sure\.detail|assumptions\.seed)|command\.(plan\.line|hotspots\.)"
    )
    for lang in LANGUAGES:
        for key, text in words(lang).catalogue.items():
            assert behind.match(key) or not names.search(_plain(text)), (lang, key)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("es-PE,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9", "en"),
        ("fr,en;q=0.3,es;q=0.6", "es"),
        ("qu;q=x,en;q=0.1", "en"),
        ("", "es"),
        (None, "es"),
    ],
)
def test_browser_language(header: str | None, expected: str) -> None:
    assert preferred_language(header) == expected


def test_numbers_follow_the_language() -> None:
    assert words("es").number(1234.5, 1) == "1,234.5"
    assert words("es").percent(0.943) == "94\N{NO-BREAK SPACE}%"
    assert words("en").percent(0.943, 1) == "94.3%"


def test_lists_read_aloud() -> None:
    assert words("es").list(["Cusco", "Puno"]) == "Cusco y Puno"
    assert words("es").list(["Cusco", "Puno", "Ica"]) == "Cusco, Puno e Ica"
    assert words("es").list(["Cusco", "Ica"], "or") == "Cusco o Ica"
    assert words("en").list(["Cusco"]) == "Cusco"
    assert words("en").list([]) == ""


def test_every_message_that_the_code_names_is_there() -> None:
    """A key that a page asks for by name stands in the catalogue: a missing one stops the page."""
    asked = re.compile(r"""\bsay\(\s*["']([a-z0-9_]+(?:\.[a-z0-9_]+)+)["']\s*[,)]""")
    known = set(words("es").catalogue)
    missing = {
        f"{path.relative_to(ROOT)}: {key}"
        for folder in ("atlas", "layers")
        for path in (*(ROOT / folder).rglob("*.py"), *(ROOT / folder).rglob("*.j2"))
        for key in asked.findall(path.read_text("utf-8"))
        if key not in known
    }
    assert missing == set()


RAISING = {"UserError", "InfeasibleError", "UnsolvedError", "unchanged"}


def _raised() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("atlas", "data", "geo"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text("utf-8")
            if not any(name in text for name in RAISING):
                continue
            for node in ast.walk(ast.parse(text)):
                match node:
                    case ast.Call(ast.Name(name), [ast.Constant(), *_]) if name in RAISING:
                        yield f"{path.name}, line {node.lineno}", node


def test_every_refusal_gives_what_its_message_says() -> None:
    """Every value that a refusal's message names is given where it is raised."""
    catalogue = words("es").catalogue
    calls = list(_raised())
    assert len(calls) > 150
    for where, call in calls:
        key = call.args[0].value
        assert key in catalogue, (where, key)
        given = {keyword.arg for keyword in call.keywords}
        lacks = _placeholders(catalogue[key]) - given
        assert None in given or not lacks, (where, key, lacks)


ENTRY = re.compile(r'((?:^#: .+\n)*)^msgid "(.+)"$', re.MULTILINE)


def test_references_are_up_to_date() -> None:
    """`python -m studies.word_references` writes them anew after a key has moved."""
    references, named = References(sources()), []
    for path in CATALOGUES:
        text = path.read_text("utf-8")
        assert referenced(text, references) == text, "run python -m studies.word_references"
        named.append({key: files for files, key in ENTRY.findall(text)})
        assert [key for key, files in named[-1].items() if not files] == [], "nothing uses them"
    keys = [{key: of[key] for key in of if KEY.fullmatch(key)} for of in named]
    assert keys[0] == keys[1]


OURS = re.compile(
    r"\b(the|citing|via|repost|press|interview with|copy|mirror\w*|compiled|various|open data|"
    r"and|shown|repo|columns|date|stated|our|positions|public domain)\b",
    re.IGNORECASE,
)
COLUMNS = {"publisher": "publisher", "title": "source_title", "published": "published"}


def texts_of(field: str) -> set[str]:
    """What the table of sources and the cards say in a field."""
    cards = [card_of(descriptor_of(name)) for name in resource_names()]
    if field == "licence":
        return {card["licence"] for card in cards}
    texts = {str(source[field]) for card in cards for source in card["sources"] if source[field]}
    return texts | {str(text) for text in load_table("sources")[COLUMNS[field]] if text is not None}


@pytest.mark.parametrize("field", ["publisher", "published", "licence"])
def test_nothing_of_ours_is_left_in_english(field: str) -> None:
    """Of the 221 sources and those of the cards; names stay."""
    for text in sorted(texts_of(field)):
        translated = source_text(text, field, words("es"))
        assert not OURS.search(translated), (text, translated)
        assert source_text(text, field, words("en")) == text


@pytest.mark.parametrize(
    ("field", "english", "spanish"),
    [
        (
            "publisher",
            "Ministerio Público - Fiscalía de la Nación (MPFN), open data; mirror: Leo-Spj",
            "Ministerio Público - Fiscalía de la Nación (MPFN), datos abiertos; "
            "copia en GitHub de Leo-Spj",
        ),
        ("publisher", "INEI (Scribd copy)", "INEI (copia en Scribd)"),
        ("publisher", "Earth Genome", "Earth Genome"),
        (
            "title",
            "MPFN - Delitos denunciados 2023 (open-data CSV, mirrored on GitHub)",
            "MPFN - Delitos denunciados 2023 (CSV de datos abiertos, con copia en GitHub)",
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
    assert source_text(english, field, words("es")) == spanish
    assert source_text(english, field, words("en")) == english


def test_every_phrase_is_used() -> None:
    texts = {field: texts_of(field) for field in (*COLUMNS, "licence")}
    texts["date"] = {*load_table("mining_zones")["year_of_figure"].dropna()}
    with (CATALOGUES[0].parents[2] / "source_phrases.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            assert any(row["english"] in text for text in texts[row["field"]]), row


def test_times_of_sources_have_no_english_word_left() -> None:
    spanish = {
        "ene",
        "feb",
        "mar",
        "abr",
        "may",
        "jun",
        "jul",
        "ago",
        "set",
        "oct",
        "nov",
        "dic",
        "AMW",
    }
    spanish |= {"área", "afectada", "parte", "del", "año", "sin", "fecha"}
    for text in load_table("mining_zones")["year_of_figure"].dropna():
        left = re.findall(r"[^\W\d_]{3,}", dated_text(text, words("es")))
        assert {*left} <= spanish, text


def test_no_line_ends_between_a_number_and_its_sign():
    """Spanish writes a space before the sign, of a figure or a placeholder, that never breaks."""
    headline = words("es")("plan.headline.reached", teams="6", share="43", what="", where="")
    assert "43\N{NO-BREAK SPACE}%" in headline
    assert [key for key, text in words("es").catalogue.items() if re.search(r"[}\d] %", text)] == []
