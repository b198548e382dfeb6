"""What a table says of a source in our own English words, in the reader's language.

Names of publishers and titles of works stay as published. What stands between them is ours:
who cites whom, what is a mirror or a copy, when no date is shown, that no licence is stated.
"""

from __future__ import annotations

from functools import lru_cache

from messages import Words, words

FIELDS = ("publisher", "title", "published", "licence")
_KEY = "source.phrase"


@lru_cache(maxsize=len(FIELDS))
def _phrases(field: str) -> tuple[tuple[str, str], ...]:
    """The field's phrases in English with their keys, the longer before those that they hold."""
    found = (
        (text, key)
        for key, text in words("en").catalogue.items()
        if key.startswith(f"{_KEY}.{field}.")
    )
    return tuple(sorted(found, key=lambda pair: (-len(pair[0]), pair[0])))


def source_text(text: str, field: str, say: Words) -> str:
    """A field of a source as the language says it.

    Parameters
    ----------
    text : str
        As the table has it.
    field : {"publisher", "title", "published", "licence"}
        Which field it is.

    Examples
    --------
    >>> from messages import words
    >>> source_text("EFE via TN8, citing Ministerio de Justicia", "publisher", words("es"))
    'EFE vía TN8, que cita al Ministerio de Justicia'
    """
    if say.lang == "en":
        return text
    for english, key in _phrases(field):
        text = text.replace(english, say(key))
    return text
