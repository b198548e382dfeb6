"""What is shipped or refreshed, how old it is, where a newer file lives."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from commands.answers import Format, plain, print_rows, say_faults


def print_list(style: Format) -> None:
    """Print one row per file of the catalogue; newer addresses and faults below the table."""
    from data.refresh.listing import freshness

    found = freshness(today=date.today().isoformat())
    rows = [{name: plain(value) for name, value in asdict(row).items()} for row in found]
    if style is Format.TABLE:
        names = ("resource", "origin", "figures_end", "age_months", "accessed", "source")
        print_rows([{name: row[name] for name in names} for row in rows], style)
        for row in found:
            for address in row.newer:
                print(f"{row.resource}: newer at {address}")
    else:
        print_rows(rows, style)
    say_faults()
