"""The word catalogues: complete, alike in every language, safe to format."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from atlas.words import LANGUAGES, preferred_language, words
from studies.word_references import CATALOGUES, References, referenced, sources

ROOT = Path(__file__).resolve().parent.parent.parent


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_language_has_the_same_messages() -> None:
    """A key that one language lacks would be a KeyError on a page."""
    keys = {lang: set(words(lang).catalogue) for lang in LANGUAGES}
    assert keys["es"] == keys["en"]
    assert len(keys["es"]) > 90


def test_placeholders_agree() -> None:
    """A translation may move a placeholder, never lose or invent one."""
    spanish, english = words("es").catalogue, words("en").catalogue
    for key, text in spanish.items():
        assert _placeholders(text) == _placeholders(english[key]), key


def test_nothing_is_untranslated() -> None:
    """No empty text, and long texts differ between the languages."""
    spanish, english = words("es").catalogue, words("en").catalogue
    for key, text in spanish.items():
        assert text.strip(), key
        assert english[key].strip(), key
        if len(_plain(text)) > 30:
            assert text != english[key], f"{key} is the same in both languages"


def _plain(text: str) -> str:
    return "".join(part for part, *_ in string.Formatter().parse(text))


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
        r"method\.|focos\.(\w+\.detail|waves|chance\.seed|scan\.p|course\.)"
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
    """The browser's first known language wins; Spanish when it knows none of ours."""
    assert preferred_language(header) == expected


def test_numbers_follow_the_language() -> None:
    """es-PE writes 1,234.5 as English does, and puts a space before the percent sign."""
    assert words("es").number(1234.5, 1) == "1,234.5"
    assert words("es").percent(0.943) == "94\N{NO-BREAK SPACE}%"
    assert words("en").percent(0.943, 1) == "94.3%"


def test_lists_read_aloud() -> None:
    """Spanish changes "y" to "e" before an i sound."""
    assert words("es").list(["Cusco", "Puno"]) == "Cusco y Puno"
    assert words("es").list(["Cusco", "Puno", "Ica"]) == "Cusco, Puno e Ica"
    assert words("es").list(["Cusco", "Ica"], "or") == "Cusco o Ica"
    assert words("en").list(["Cusco"]) == "Cusco"
    assert words("en").list([]) == ""


def test_unknown_language_is_refused() -> None:
    """The error lists what is allowed."""
    with pytest.raises(KeyError, match="es, en"):
        words("qu")


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
    """A value that the sentence names and the code does not give would be a traceback for the
    reader who is to be told what to do."""
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


def _parts(key: str) -> Iterator[str]:
    """What a file that composes a key can hold of it: a beginning in quotes, or its ending."""
    for cut in (match.start() for match in re.finditer(r"[._]", key)):
        yield from (f'"{key[:cut]}', f"'{key[:cut]}", key[cut:])


def test_references_are_true() -> None:
    """Beside each message stand the files that hold its key, or compose it."""
    for path in CATALOGUES:
        for comments, key in ENTRY.findall(path.read_text("utf-8")):
            named = [name for line in comments.splitlines() for name in line.split()[1:]]
            assert named, f"nothing uses {key}"
            for name in named:
                text = (ROOT / name).read_text("utf-8")
                assert key in text or any(part in text for part in _parts(key)), (key, name)


def test_references_are_up_to_date() -> None:
    """`python -m studies.word_references` writes them anew after a key has moved."""
    references = References(sources())
    for path in CATALOGUES:
        text = path.read_text("utf-8")
        assert referenced(text, references) == text, "run python -m studies.word_references"
