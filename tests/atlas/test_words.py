"""The word catalogues: complete, alike in every language, safe to format."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from atlas.words import LANGUAGES, preferred_language, words


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
    root = Path(__file__).resolve().parent.parent.parent
    missing = {
        f"{path.relative_to(root)}: {key}"
        for folder in ("atlas", "layers")
        for path in (*(root / folder).rglob("*.py"), *(root / folder).rglob("*.j2"))
        for key in asked.findall(path.read_text("utf-8"))
        if key not in known
    }
    assert missing == set()
