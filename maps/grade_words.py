"""One short term a grade of verdict, the same everywhere; a longer one where there is room."""

from __future__ import annotations

from messages import Words


def legend_text(verdict: str, say: Words) -> str:
    """The term of a grade in a legend; the doubtful one, which nobody can guess, explained.

    Examples
    --------
    >>> from messages import words
    >>> legend_text("below", words("en")), legend_text("above_poisson_only", words("en"))
    ('fewer', 'unsure: does not hold once waves of reports are counted')
    """
    return say(
        f"verdict.{verdict}.long" if verdict == "above_poisson_only" else f"verdict.{verdict}"
    )


def grade_text(lens: str, grade: str, say: Words) -> str:
    """The grade of a lens: lens 1 in the terms of the verdict, which it is; the others in theirs.

    Parameters
    ----------
    lens : {"excess", "scan", "near"}
    grade : str
        above, above_poisson_only, unremarkable, below_poisson_only, below or untestable.
    say : Words
        The language.

    Examples
    --------
    >>> from messages import words
    >>> [grade_text(lens, "above_poisson_only", words("en")) for lens in ("excess", "scan")]
    ['unsure', 'unsure cluster']
    """
    if lens == "excess" or grade == "untestable":
        return say(f"verdict.{grade}")
    return say(f"focos.key.{lens}.{grade}")
