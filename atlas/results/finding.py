"""Write the finding of an area or the country, with its reasons: the head of Focos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from atlas.results.figures import margin_caution
from atlas.results.matrix import agreement_sentence
from atlas.results.sentences import end_text, flag_lines
from atlas.results.story import AreaStory, CountryStory
from atlas.view import LEVELS
from atlas.words import Words


@dataclass(frozen=True, slots=True)
class Reasons:
    """A finding with its question and its cautions; "" for a missing part."""

    finding: str
    question: str
    cautions: list[str]
    answer: str = ""
    depends: str = ""
    margin: str = ""
    agreement: str = ""
    short: str = ""
    """the conclusion alone, for a page that shows the figures elsewhere"""


def reasons(story: AreaStory | CountryStory, say: Words) -> Reasons:
    """Collect the finding of a department, or of the country, with the reasons for it.

    A department has question and answer, the other base's conclusion if it differs, and the
    registries and years that agree. The country has the margins of the departments above.
    """
    if isinstance(story, CountryStory):
        margins = say.list(
            f"{wording['name']} {wording['ratio']} ({wording['margin']})"
            for wording in (figures.wording(say) for figures in story.above)
        )
        return Reasons(
            finding(story, say),
            say("focos.country.margins", names=margins) if margins else "",
            flag_lines(story.period, story.period.flags, say),
        )
    figures, wording = story.figures, story.wording(say)
    reason = wording["reason"]
    return Reasons(
        finding(story, say),
        say(f"focos.question.{story.base}"),
        [*story.served(say), *story.cautions(say)],
        # the finding above has said the conclusion
        say(f"focos.answer.{figures.verdict}", reason=f": {reason}" if reason else ""),
        story.depends(say),
        margin_caution(figures, say) if figures.is_tested else "",
        agreement_sentence(story.area, say),
        # the chosen cell of the matrix says the figures
        wording("focos.finding.short"),
    )


def finding(story: AreaStory | CountryStory, say: Words) -> str:
    """Write an area's reports and ratio, or how many of the country's areas are above.

    Figures that seem to contradict "no clear difference" are followed by the reason.
    """
    if isinstance(story, AreaStory):
        wording = story.wording(say)
        if not story.figures.is_tested:
            return wording("focos.finding.untested")
        reason = wording["reason"]
        why = f" {reason[:1].upper()}{reason[1:]}." if reason else ""
        return wording("focos.finding") + why
    count = len(story.above)
    many = {0: "none", 1: "one"}.get(count, "many")
    period = say(f"period.{story.period.code}")
    return say(f"focos.country.{many}", period=period, count=say.number(count))


def country_sentence(story: CountryStory, say: Words) -> str:
    """Name the areas above the expected with their margins, highest first."""
    if story.above:
        return say("card.country.names", names=say.list(_with_margins(story, say)))
    key = "card.country_none" if story.level == LEVELS[0] else f"card.country_none.{story.level}"
    return say(key)


def _with_margins(story: CountryStory, say: Words) -> Iterator[str]:
    """Yield each name with its margin in brackets; the first one is called a margin."""
    for place, figures in enumerate(story.above):
        text = "–".join(end_text(end, say) for end in (figures.low, figures.high))
        if place == 0:
            text = say("card.country.margin", margin=text)
        is_department = story.level == LEVELS[0]
        name = figures.name if is_department else f"{figures.name} ({figures.department}"
        yield f"{name} ({text})" if is_department else f"{name}; {text})"
