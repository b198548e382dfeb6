"""The words of the atlas: gettext catalogues in locale/, read by Babel once per process."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from babel.dates import format_skeleton, get_month_names
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from geo.errors import GeoError, UserError

LANGUAGES = ("es", "en")
DEFAULT_LANGUAGE = "es"
_LOCALES = {"es": "es_PE", "en": "en"}
_PERIOD = re.compile(r"period\.(\d{4})(?:-(\d\d))?(?:/(\d{4})(?:-(\d\d))?)?(\.short)?")
"""The name of years or months that no catalogue lists: it is made from the code."""
_PLURAL = re.compile(r"\{(\w+):([^{}/]+)/([^{}/]+)\}")
"""One word for a single thing and one for more: {rows:fila/filas}."""
_APART = re.compile(r"(?<=[}\d]) %")
"""The space between a number and its sign, where no line may end."""
_FOLDER = Path(__file__).resolve().parent / "locale"


@dataclass(frozen=True, slots=True)
class Words:
    """One language: its messages and the way it writes numbers."""

    lang: str
    """two-letter code, one of LANGUAGES."""
    catalogue: dict[str, str]
    """message key to text with named placeholders."""

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key with its placeholders filled; an unknown key is a KeyError.

        Years and months have no message of their own: their name is made from the code.

        Examples
        --------
        >>> words("es")("plan.teams", count=1), words("es")("plan.teams", count=2)
        ('1 equipo', '2 equipos')
        """
        return _filled(self.catalogue.get(key) or self._period(key), values)

    def translated(self, english: str, /, **values: object) -> str:
        """Fill an English template in this language, if the catalogue translates it.

        Examples
        --------
        >>> words("es").translated("a column twice"), words("es").translated("{n} wrong calls", n=2)
        ('una columna dos veces', '2 wrong calls')
        """
        return _filled(self.catalogue.get(english, english), values)

    def _period(self, key: str) -> str:
        match = _PERIOD.fullmatch(key)
        if not match:
            raise KeyError(key)
        year, first, last_year, last, short = match.groups()
        last_year, last = last_year or year, last or ("12" if last_year else first)
        if not first and last in (None, "12"):
            return year if year == last_year else f"{year}\N{EN DASH}{last_year}"
        names = get_month_names("abbreviated" if short else "wide", "format", _LOCALES[self.lang])
        begin, end = (names[int(month)].rstrip(".") for month in (first or "1", last or "12"))
        is_one = (year, begin) == (last_year, end)
        kind = "month" if is_one else "part" if year == last_year else "span"
        return self.catalogue[f"period.{kind}{short or ''}"].format(
            first=begin, last=end, year=year, last_year=last_year
        )

    def month(self, text: str) -> str:
        """Write a month or a day given as YYYY-MM or YYYY-MM-DD as month and year.

        Examples
        --------
        >>> words("es").month("2024-01-24"), words("en").month("2024-01")
        ('enero de 2024', 'January 2024')
        """
        day = date(int(text[:4]), int(text[5:7]), 1)
        return str(format_skeleton("yMMMM", day, locale=_LOCALES[self.lang]))

    def number(self, value: float, decimals: int = 0) -> str:
        """Write a number as the language does; es-PE writes 1,234.5 as English does (CLDR).

        One that is missing is told so: "sin dato".

        Examples
        --------
        >>> words("es").number(1234.5, 1)
        '1,234.5'
        """
        if value != value:  # not a number: nobody knows
            return self.catalogue["number.unknown"]
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(value, format=pattern, locale=_LOCALES[self.lang])

    def percent(self, share: float, decimals: int = 0) -> str:
        """Write a share (0 to 1) as a percentage with the language's spacing."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        sign = "\N{NO-BREAK SPACE}%" if self.lang == "es" else "%"
        return format_percent(share, format=pattern + "%", locale=_LOCALES[self.lang]).replace(
            "%", sign
        )

    def list(self, items: Iterable[str], joined: str = "and") -> str:
        """Join words as the language does: "a, b y c"; with ``joined`` "or": "a, b o c"."""
        parts = list(items)
        if len(parts) < 2:
            return "".join(parts)
        conjunction = self.catalogue[f"list.{joined}"]
        if self.lang == "es" and joined == "and" and parts[-1].lower().startswith(("i", "hi")):
            conjunction = "e"
        return f"{', '.join(parts[:-1])} {conjunction} {parts[-1]}"


def _filled(text: str, values: Mapping[str, object]) -> str:
    if not values:
        return text
    text = _PLURAL.sub(lambda word: word[2 if str(values[word[1]]) == "1" else 3], text)
    return text.format(**values)


@lru_cache(maxsize=len(LANGUAGES))
def words(lang: str) -> Words:
    """Load the catalogue of a language.

    Raises
    ------
    KeyError
        If the language is not one of LANGUAGES.
    """
    if lang not in LANGUAGES:
        raise KeyError(f"language {lang!r}: allowed are {', '.join(LANGUAGES)}")
    path = _FOLDER / lang / "LC_MESSAGES" / "atlas.po"
    with path.open("rb") as handle:
        messages = (line for line in handle if not line.startswith(b"#"))  # a third of the lines
        catalogue = read_po(messages, locale=_LOCALES[lang])
    texts = {str(m.id): _APART.sub("\N{NO-BREAK SPACE}%", str(m.string)) for m in catalogue if m.id}
    return Words(lang, texts)


def preferred_language(header: str | None) -> str:
    """Choose a language from a browser's Accept-Language; Spanish unless English comes first.

    Examples
    --------
    >>> preferred_language("en-GB,en;q=0.9,es;q=0.8"), preferred_language("qu-PE"), (
    ...     preferred_language(None))
    ('en', 'es', 'es')
    """
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate((header or "")[:200].split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        ranked.append((-weight, place, tag[:2].lower()))
    for _, _, code in sorted(ranked):
        if code in LANGUAGES:
            return code
    return DEFAULT_LANGUAGE


def file_name(say: Words, of: str, *parts: object, is_invented: bool = False) -> str:
    """The name of a downloaded file, without its ending, in the reader's language; no accents.

    Examples
    --------
    >>> file_name(words("es"), "change", "2019", "2023"), file_name(words("en"), "change", "2019")
    ('atlas-cambio-2019-2023', 'atlas-change-2019')
    >>> file_name(words("es"), "", "Madre de Dios", "2025-01/2025-09")
    'atlas-madre-de-dios-2025-01_2025-09'
    """
    mark = [say("file.invented")] if is_invented else []
    what = [say(f"file.{of}")] if of else []
    names = ["atlas", *mark, *what, *(str(part) for part in parts if part)]
    plain = unicodedata.normalize("NFKD", "-".join(names)).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", "-").replace("/", "_")


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence of the catalogues."""

    key: str
    values: tuple[tuple[str, str | Message | GeoError | tuple[str | Message, ...]], ...] = ()

    def text(self, say: Words) -> str:
        """Write the sentence in a language, with the sentences inside it."""
        return say(self.key, **{name: _worded(value, say) for name, value in self.values})


def _worded(value: object, say: Words) -> object:
    if isinstance(value, Message):
        return value.text(say)
    if isinstance(value, tuple):
        return say.list(str(_worded(part, say)) for part in value)
    return error_text(value, say) if isinstance(value, GeoError) else value


def message(key: str, **values: object) -> Message:
    """Make a sentence with its values, which may be sentences, or several to be joined in a list.

    Numbers come as text.

    Examples
    --------
    >>> message("siting.radius", radius="75", unit="km").text(words("en"))
    'within 75 km of a site or service counts as covered'
    """
    written = {
        name: value if isinstance(value, Message | GeoError | tuple) else str(value)
        for name, value in values.items()
    }
    return Message(key, tuple(written.items()))


def error_message(error: UserError, purpose: str = "") -> Message:
    """Return why something is refused, in the words for a purpose (layer, zones) if there are any.

    Their key ends in .layer or .zones: what helps a table does not help zones.
    """
    own = f"{error.key}.{purpose}"
    has_own = bool(purpose) and own in words(DEFAULT_LANGUAGE).catalogue
    values = {
        name: error_message(value) if isinstance(value, UserError) else value
        for name, value in error.values.items()
    }
    return message(own if has_own else error.key, **values)


def error_text(error: GeoError, say: Words) -> str:
    """Write an error in the language of ``say`` if its message is translated, else in English."""
    if isinstance(error, UserError):
        return error_message(error).text(say)
    values = {name: _worded(value, say) for name, value in error.values.items()}
    return say.translated(error.template, **values)


@lru_cache(maxsize=1)
def _phrases() -> list[dict[str, str]]:
    """Phrases of sources with their field, the longer before those that they hold."""
    with (_FOLDER / "source_phrases.csv").open(encoding="utf-8", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: -len(row["english"]))


def source_text(text: str, field: str, say: Words) -> str:
    """A field of a source (publisher, title, published, licence) as the language says it.

    >>> source_text("EFE via TN8, citing Ministerio de Justicia", "publisher", words("es"))
    'EFE vía TN8, que cita al Ministerio de Justicia'
    """
    if say.lang == "en":
        return text
    for phrase in _phrases():
        if phrase["field"] == field:
            text = text.replace(phrase["english"], phrase["spanish"])
    return text
