"""K: what it shows, and that it is only ever raised."""

import pytest

from geo.errors import ParameterError
from geo.privacy.minimum_count import (
    K_SETTING,
    hidden_label,
    k_anonymity,
    shown_from,
    smallest_shown,
)


@pytest.mark.parametrize("k", range(11, 60))
def test_a_printed_number_reveals_k_or_more(k):
    """By trial: the smallest multiple of 5 that no count below K rounds to, and where it begins."""
    rounds_to = {count: 5 * round(count / 5) for count in range(200)}
    revealing = {rounds_to[count] for count in range(k)}
    assert smallest_shown(k) == min(set(rounds_to.values()) - revealing)
    assert shown_from(k) == min(c for c, shown in rounds_to.items() if shown == smallest_shown(k))


def test_the_rule_as_it_is_printed():
    """K = 11: below 13 hidden, the smallest printed is 15."""
    assert (smallest_shown(11), shown_from(11), hidden_label(11)) == (15, 13, "<13")


def test_the_setting(monkeypatch):
    """Read from the process each time, so a test or a restart needs no other switch."""
    monkeypatch.delenv(K_SETTING, raising=False)
    assert k_anonymity() == 11
    monkeypatch.setenv(K_SETTING, " 30 ")
    assert k_anonymity() == 30


@pytest.mark.parametrize("text", ["10", "0", "1001", "11.5", "-20", "eleven", "１２", "1e3"])
def test_refuses_a_lower_or_a_strange_k(text, monkeypatch):
    """Never below 11; the message says what is allowed."""
    monkeypatch.setenv(K_SETTING, text)
    with pytest.raises(
        ParameterError, match=r"ATLAS_K_ANONYMITY is .*(never lowered|whole number)"
    ):
        k_anonymity()
