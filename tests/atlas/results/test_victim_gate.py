"""What earlier editions printed travels with the figures, and counts as known."""

from atlas.results import victim_gate
from atlas.results.victim_gate import EARLIER, with_editions
from data.refresh.folder import Plan, Replacement, rows_in_use

NEW_FIGURES = {"police_profile": Replacement(b"", {})}


def test_a_refresh_keeps_what_the_edition_in_use_prints(monkeypatch):
    """From nothing known: every count that it shows, as the release before this one showed them;
    once more adds nothing."""
    shipped = rows_in_use(EARLIER)
    plan = with_editions(Plan(replacements=NEW_FIGURES))
    assert plan.replacements[EARLIER].content.decode().count("\n") == len(shipped) + 1
    monkeypatch.setattr(
        victim_gate, "rows_in_use", lambda name: [] if name == EARLIER else rows_in_use(name)
    )
    anew = with_editions(Plan(replacements=NEW_FIGURES)).replacements[EARLIER].content
    rows = {tuple(row.values()) for row in shipped}
    assert {tuple(line.split(",")) for line in anew.decode().splitlines()[1:]} == rows
    assert with_editions(Plan()) == Plan(), "where no figure changes nothing is written"


def test_what_was_printed_is_printed_again():
    """The shipped edition is the one that printed it: the same counts, no area revised."""
    assert len(victim_gate.printed()) == len(rows_in_use(EARLIER)) == 4030 + 737 + 81
    assert not victim_gate._is_revised().any()
