"""The messages do not become harder to read than they have been."""

from __future__ import annotations

import pytest

from atlas.words import LANGUAGES
from studies.readability import COSTS, GAINS, ease_of, limits, measured, sentences


@pytest.mark.parametrize("lang", LANGUAGES)
def test_messages_stay_within_the_best_values_so_far(lang):
    """Better ones are written into the limits by `python -m studies.readability --tighten`."""
    best = limits()
    for part, ease in measured(lang).items():
        for name in (*COSTS, *GAINS):
            value, limit = getattr(ease, name), best[lang, part, name]
            worse = value < limit if name in GAINS else value > limit
            assert not worse, f"{part}, {lang}: {name} is {value}, the limit {limit}"


def test_what_is_counted():
    """By hand: four sentences of 6, 3, 22 and 2 words; the chain, the stop, the long one."""
    long = " ".join(["word"] * 22)
    texts = [f"Peru: {{count}} of each the reports. Lima; no more. {long}. Two words."]
    assert [len(sentence.split()) for sentence in sentences(texts[0])] == [6, 3, 22, 2]
    ease = ease_of(texts, "en")
    assert (ease.texts, ease.over_20, ease.chained) == (1, 0.25, 0.5)
    assert ease.stops == round(1000 / 33, 1)
    assert ease_of(["La policía contó treinta y dos reportes."], "es").ease == pytest.approx(
        206.835 - 62.3 * 14 / 7 - 7, abs=0.06
    )
