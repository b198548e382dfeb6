"""Zeros that the registry's own law finds improbable, and what the cards name as missing."""

from data.periods import REGISTRIES, UNKNOWN, span_months
from studies.improbable_zeros import IMPROBABLE, improbable_zeros


def test_cusco_in_2019_is_proposed_and_puno_in_2021_is_not():
    """46 before and 21 after; Puno's zero between 1 and 3 has 1.4 % at the wider waves."""
    (zero,) = improbable_zeros("police", "departments")
    assert (zero.area, zero.year, zero.before, zero.after) == ("08", "2019", 46, 21)
    assert max(zero.chances) < IMPROBABLE
    assert not list(improbable_zeros("police", "provinces"))


def test_what_the_card_takes_as_missing_is_what_the_study_proposes():
    """More needs evidence from outside, and a test that says so."""
    named = {
        (note["area_ubigeo"], span_months(note["period_start"])[0] // 12)
        for note in REGISTRIES["police"].notes
        if note["flag"] == UNKNOWN
    }
    assert named == {
        (zero.area, int(zero.year)) for zero in improbable_zeros("police", "departments")
    }
