"""Write the source of a published figure: who counted, when, how, in which file."""

from __future__ import annotations

import re
from typing import Any

from atlas.results.published import Figure, share_text
from atlas.results.quotes import period_text, registry_text, value_text
from atlas.words import Words, source_text

_SAID_BY_THE_UNIT = ("complaints", "cases", "victims")
_SAID_BY_THE_MEASURE = "person"
"""unit of the measures that name the persons: convicted, prosecuted"""


def _source(source: dict[str, str], say: Words) -> dict[str, str]:
    year = re.search(r"\b(\d{4}(-\d{2}){1,2}|\d{4})\b", source["published"])
    facts = [source_text(source["publisher"], "publisher", say)]
    facts.append(say("figures.published", date=year.group(0)) if year else say("figures.undated"))
    is_link = source["url"].startswith(("https://", "http://"))
    if not is_link:
        facts.append(say("figures.no_address"))
    return {
        "title": source_text(source["title"], "title", say),
        "url": source["url"] if is_link else "",
        "quote": source["quote"],
        "facts": "; ".join(facts),
    }


def formula_text(figure: Figure, say: Words) -> str:
    """Write the sum or division made here, with numbers to check on a calculator."""
    if figure.computed == "share":
        base = say.number(figure.base_count or 0)
        return f"{say.number(figure.value)} ÷ {base} × 100 = {share_text(figure, say)}"
    if not figure.parts:
        return ""
    if figure.computed == "sum":
        summed = " + ".join(
            say.percent(value / 100.0, 0 if value.is_integer() else 1) for _, value in figure.parts
        )
        return f"{summed} = {share_text(figure, say)}"
    summed = " + ".join(f"{name} {say.number(value)}" for name, value in figure.parts)
    return f"{summed} = {say.number(figure.value)}"


def _file_text(figure: Figure, say: Words) -> str:
    key = "figures.file" if figure.row is None else "figures.file.row"
    return say(key, path=figure.file, row=figure.row) if figure.file else ""


def computed_text(figure: Figure, say: Words) -> str:
    """Write what was computed here and not by the source; empty for most figures."""
    if not figure.computed:
        return ""
    return say(
        f"figures.computed.{figure.computed}",
        value=say.number(figure.value),
        base=figure.named("base", say.lang),
    )


def citation(figure: Figure, say: Words) -> dict[str, Any]:
    """Everything behind a figure, as ``atlas/templates/figures/cited.html.j2`` draws it."""
    lang = say.lang
    head = value_text(figure, say, with_unit=figure.unit != _SAID_BY_THE_MEASURE)
    if figure.computed == "share":
        head = f"{share_text(figure, say)} ({head})"
    elif figure.computed == "sum":
        head = share_text(figure, say)
    fields = ["measure", "category", "place", "where"]
    if figure.named("measure", "en") in _SAID_BY_THE_UNIT:
        fields.remove("measure")
    of = [part for part in (figure.named(field, lang) for field in fields) if part]
    facts = [registry_text(figure, say), period_text(figure, say)]
    if figure.named("base", lang):
        facts.append(say("figures.base", base=figure.named("base", lang)))
    # as the table has it where no translation is
    note = figure.named("note", lang) or figure.named("note", "en")
    remarks = (computed_text(figure, say), note[:1].upper() + note[1:])
    return {
        "head": head,
        "of": ", ".join(dict.fromkeys(of)),
        "facts": " · ".join(facts),
        "sources": [_source(source, say) for source in figure.sources],
        "formula": formula_text(figure, say),
        "file": _file_text(figure, say),
        "remark": " ".join(text for text in remarks if text),
    }
