"""How easy the messages are to read, by part of the atlas, and what they must not fall behind.

.venv/bin/python -m studies.readability             # print both languages
.venv/bin/python -m studies.readability --tighten   # write what is better today into the limits

A part is what a reader meets: card, Focos, planner, public page, Método, refusals, other. Its
columns:

    texts     messages of at least six words; shorter labels are not measured
    words     words a sentence, mean
    over_20   share of sentences of more than twenty words
    chained   share of sentences that join clauses by ";" or by ":" in mid-sentence
    stops     expressions that docs/words.md asks to stop, per thousand words
    ease      es: INFLESZ (Szigriszt 1993), en: Flesch 1948; 100 is easy, 60 plain

Syllables are counted by rules, good to three points of ease. Ease rewards short sentences even
where words are missing: read chained and stops beside it. The limits (readability.csv) lie
a point from the best values so far; tests/studies/test_readability.py holds the messages to them.
Without the file --tighten begins anew from what is measured.
"""

from __future__ import annotations

import argparse
import csv
import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from atlas.words import LANGUAGES, words

LIMITS = Path(__file__).with_suffix(".csv")
LEAST_WORDS = 6
LONG = 20
"""words of a sentence from which on it is long"""
ALL = "all"
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d.,]*")
CHAINED = re.compile(r";|:(?=[^:]*[^\W\d_])")
REFUSAL = re.compile(r"\.(refusal|fault|problem|refused)\b|^error\.|\.refused")
KEY = re.compile(r"[a-z0-9_]+\.\S.*")
PARTS = {
    "card": "card verdict robust sure flag sides map measure base legend tip compare two change "
    "trend panel area areas mining level",
    "focos": "focos",
    "planner": "plan planning siting",
    "public": "public awareness",
    "method": "method derivation",
}
PART_OF = {prefix: part for part, names in PARTS.items() for prefix in names.split()}
STOPS = {
    "en": (
        *(r"told apart", r"nor is this", r"had the \w+ come out", r"can(?:not)? be said to"),
        r"stands? (?:where|at|in|under|above|beside|alone|for itself)",
        *(r"whoever", r"as (?:long|much)\b(?! as)", r"of (?:each|them|these|those|which) the\b"),
        *(r"in the place of", r"is no\b", r"is none\b", r"beyond the expected"),
        *(r"firm(?:er)? plan|doubtful plan|open plan", r"verdicts?", r"police complaints?"),
        *(r"public ministry", r"police registry", r"no change is (?:read|marked)"),
        *(r"next to nothing", r"person-years", r"almost certainly"),
    ),
    "es": (
        *(r"se distinguen?", r"tampoco\b(?=[.;,]|$)", r"hubieran salido", r"se puede decir que"),
        *(r"de por sí", r"no alcanza\b", r"pasan? de lo", r"plan firme|plan en duda|plan abierto"),
        *(r"veredictos?", r"no se (?:marca|lee)\b", r"casi nada", r"casi con seguridad"),
        *(r"a lo (?:más|sumo)", r"conteos?", r"cociente", r"renglón"),
    ),
}


@dataclass(frozen=True, slots=True)
class Ease:
    """What the messages of a part are like; shares are 0 to 1."""

    texts: int
    words: float
    over_20: float
    chained: float
    stops: float
    ease: float


COSTS, GAINS = ("over_20", "chained", "stops"), ("ease",)
"""what must not rise, and what must not fall"""


def part_of(key: str) -> str:
    """The part that shows a message; the errors of lower layers are refusals.

    >>> part_of("card.answer"), part_of("areas.fault.field"), part_of("a column twice")
    ('card', 'refusals', 'refusals')
    """
    if not KEY.fullmatch(key) or REFUSAL.search(key):
        return "refusals"
    return PART_OF.get(key.split(".")[0], "other")


def measured(lang: str) -> dict[str, Ease]:
    """Measure the messages of a language by part, and all of them."""
    parts: dict[str, list[str]] = defaultdict(list)
    for key, text in words(lang).catalogue.items():
        parts[part_of(key)].append(text)
        parts[ALL].append(text)
    return {part: ease_of(parts[part], lang) for part in (*PARTS, "refusals", "other", ALL)}


def ease_of(texts: Iterable[str], lang: str) -> Ease:
    """Measure some texts of a language; ZeroDivisionError where none is long enough.

    >>> ease_of(["These are reports, not all trafficking. Each counts; none is a victim."], "en")
    Ease(texts=1, words=6.0, over_20=0.0, chained=0.5, stops=0.0, ease=87.9)
    """
    split = [[(each, WORD.findall(each)) for each in sentences(text)] for text in texts]
    split = [each for each in split if sum(len(words) for _, words in each) >= LEAST_WORDS]
    every = [pair for each in split for pair in each]
    number = sum(len(words) for _, words in every)
    spoken = sum(syllables(word, lang) for _, words in every for word in words)
    stop = re.compile("|".join(rf"\b(?:{each})" for each in STOPS[lang]), re.IGNORECASE)
    per_word, per_sentence = spoken / number, number / len(every)
    by_word, by_sentence = (62.3, 1.0) if lang == "es" else (84.6, 1.015)
    return Ease(
        texts=len(split),
        words=round(per_sentence, 1),
        over_20=round(sum(len(words) > LONG for _, words in every) / len(every), 3),
        chained=round(sum(bool(CHAINED.search(text)) for text, _ in every) / len(every), 3),
        stops=round(1000 * sum(len(stop.findall(text)) for text, _ in every) / number, 1),
        ease=round(206.835 - by_word * per_word - by_sentence * per_sentence, 1),
    )


def sentences(text: str) -> list[str]:
    """Split a message at . ? ! … before a space and at line ends; those with two words or more.

    Markup and formulas go; a placeholder is one word, a plural form its last choice.
    """
    text = re.sub(r"\$[^$]*\$", "x", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"<[^>]+>|\*\*|`", "", text))
    text = re.sub(r"\{\w*:[^}/]*/([^}]*)\}", r"\1", text)
    parts = re.split(r"(?<=[.?!…])[\s\"”»)]+|\n+", re.sub(r"\{[^}]*\}", "Lima", text))
    return [part for part in parts if len(WORD.findall(part)) > 1]


@cache
def syllables(word: str, lang: str) -> int:
    """Count the syllables of a word by rules; a number counts two.

    >>> [syllables(word, "es") for word in ("reporte", "policía", "cuenta")]
    [3, 4, 2]
    """
    word = word.lower()
    if word[0].isdigit():
        return 2
    if lang == "es":
        word = re.sub(r"qu|gu(?=[eéií])", "q", word)
        word = re.sub(r"y\b", "i", word).replace("y", "j")
        runs = re.findall(r"[aeiouáéíóúü]+", word)
        return max(1, sum(len(re.findall(r"[aeoáéíóú]", run)) or 1 for run in runs))
    word = re.sub(r"(?<=[^aeiouylr])e\b|(?<=[aeiouy][lr])e\b|(?<=[^aeiouytd])ed\b", "", word)
    word = re.sub(r"(?<=[^aeiouysxzcg])es\b", "s", word)
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def limits() -> dict[tuple[str, str, str], float]:
    """Read the limits: language, part and column to a value."""
    with LIMITS.open(encoding="utf-8", newline="") as lines:
        return {
            (row["language"], row["part"], name): float(row[name])
            for row in csv.DictReader(lines)
            for name in (*COSTS, *GAINS)
        }


def as_limit(name: str, value: float) -> float:
    """Return a measured value as a limit: the next whole point on the mild side, plus one.

    So a few messages that are no better than the others still pass.
    """
    if name in GAINS:
        return math.floor(value) - 1.0
    point = 1 if name == "stops" else 0.01
    return round((math.ceil(value / point - 1e-9) + 1) * point, 2)


def tighten() -> None:
    """Write the better of each limit and what is measured today."""
    before = limits() if LIMITS.exists() else {}
    with LIMITS.open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines, lineterminator="\n")
        out.writerow(["language", "part", *COSTS, *GAINS])
        for lang in LANGUAGES:
            for part, ease in measured(lang).items():
                values = []
                for name in (*COSTS, *GAINS):
                    value = as_limit(name, getattr(ease, name))
                    old = before.get((lang, part, name), value)
                    values.append((max if name in GAINS else min)(value, old))
                out.writerow([lang, part, *(f"{value:g}" for value in values)])


def main() -> None:
    """Print what is measured, or tighten the limits by it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tighten", action="store_true")
    if parser.parse_args().tighten:
        tighten()
        return
    for lang in LANGUAGES:
        print(
            f"{lang:9}{'texts':>6}{'words':>7}{'over_20':>9}{'chained':>9}{'stops':>7}{'ease':>6}"
        )
        for part, ease in measured(lang).items():
            print(
                f"{part:9}{ease.texts:6}{ease.words:7.1f}{ease.over_20:9.0%}{ease.chained:9.0%}"
                f"{ease.stops:7.1f}{ease.ease:6.0f}"
            )


if __name__ == "__main__":
    main()
