"""Where the lenses agree and where they part: every department in one line at most."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from maps.lenses import LENS_COLUMNS, UP
from messages import Words

FIRM, DOUBTFUL = UP


@dataclass(frozen=True, slots=True)
class Agreement:
    """Departments of which the lenses say the same."""

    firm: tuple[str, ...]
    """lenses (``LENS_COLUMNS``) that find an excess which holds with the dispersion."""
    doubtful: tuple[str, ...]
    """lenses that find one against chance alone."""
    untested: tuple[str, ...]
    """lenses that cannot test them."""
    rows: pd.DataFrame
    """their rows of ``maps.lenses.lens_grades``."""

    @property
    def others(self) -> tuple[str, ...]:
        """Lenses that find none."""
        said = self.firm + self.doubtful + self.untested
        return tuple(lens for lens in LENS_COLUMNS if lens not in said)


def agreement(grades: pd.DataFrame) -> list[Agreement]:
    """Group the departments of which at least one lens finds an excess; agreement comes first.

    No department is in two groups. Those of which no lens is firm stand together at the end.

    Parameters
    ----------
    grades : DataFrame
        ``maps.lenses.lens_grades``.
    """
    groups: dict[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[int]] = {}
    for position, (_, row) in enumerate(grades.iterrows()):
        firm, doubtful, untested = (
            tuple(lens for lens in LENS_COLUMNS if row[lens] == grade)
            for grade in (FIRM, DOUBTFUL, "untestable")
        )
        if firm or doubtful:
            # of what is nowhere firm it is not told apart where
            key = (firm, doubtful, untested) if firm else ((), (), ())
            groups.setdefault(key, []).append(position)
    found = [
        Agreement(firm, doubtful, untested, grades.iloc[rows])
        for (firm, doubtful, untested), rows in groups.items()
    ]
    return sorted(
        found,
        key=lambda one: (
            not one.firm,
            bool(one.others),
            -len(one.firm),
            -len(one.doubtful),
            [LENS_COLUMNS.index(lens) for lens in one.firm],
        ),
    )


def agreement_sentences(grades: pd.DataFrame, department: str | None, say: Words) -> list[str]:
    """What the lenses say together and where they part, one sentence a group.

    Parameters
    ----------
    grades : DataFrame
        ``maps.lenses.lens_grades``.
    department : str or None
        Code of the department that the page is about: it has a sentence even where no lens finds
        an excess.
    say : Words
        The language.
    """
    groups = agreement(grades)
    said = [_sentence(group, say) for group in groups]
    if not any(group.firm for group in groups):
        said.insert(0, say("focos.agree.nothing"))
    named = {code for group in groups for code in group.rows["department_ubigeo"]}
    if department is not None and department not in named:
        row = grades.set_index("department_ubigeo").loc[department]
        said.append(say(f"focos.agree.none.{row['excess']}", name=row["department"]))
    return said


def _sentence(group: Agreement, say: Words) -> str:
    names = say.list(_name(row, say) for _, row in group.rows.iterrows())
    if not group.firm:
        return say("focos.agree.doubtful", names=names)
    if len(group.firm) == len(LENS_COLUMNS):
        return say("focos.agree.all", names=names)
    parts = [say("focos.agree.firm_in", lenses=_lenses(group.firm, say))]
    if group.doubtful:
        parts.append(say("focos.agree.doubtful_in", lenses=_lenses(group.doubtful, say)))
    if group.others:
        parts.append(say("focos.agree.not_in", lenses=_lenses(group.others, say, "nor")))
    if group.untested:
        parts.append(say("focos.agree.untested_in", lenses=_lenses(group.untested, say)))
    answer = "part" if group.others else "almost"
    text = say(f"focos.agree.{answer}", names=names, parts="; ".join(parts))
    if group.firm == ("neighbours",) and not group.doubtful:
        text = f"{text} {say('focos.agree.by_neighbours')}"
    return text


def _name(row: pd.Series, say: Words) -> str:
    """The department, and which of its grades another seed could change."""
    close = [lens for lens in ("scan", "neighbours") if row[f"{lens}_is_undecided"]]
    # a low neighbourhood is no part of what this sentence says
    close = [lens for lens in close if row[lens] in UP]
    if not close:
        return str(row["department"])
    return say("focos.agree.edge", name=row["department"], lenses=_lenses(tuple(close), say))


def _lenses(lenses: tuple[str, ...], say: Words, join: str = "and") -> str:
    names = [say(f"focos.agree.lens.{lens}") for lens in lenses]
    if join == "and" or len(names) == 1:
        return say.list(names)
    return say("focos.agree.nor", first=names[0], second=names[1])
