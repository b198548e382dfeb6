"""The card of a province, a department or the country, with its folds and its downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from atlas.drawing.areas import has_reports
from atlas.html import render
from atlas.paper.brief import LOOK
from atlas.paper.brief_document import brief_file
from atlas.results.card import (
    Chart,
    context_sentences,
    department_line,
    fact_lines,
    large_figures,
    margin_sentence,
    missed_rise,
    older_sentences,
    quotes,
    reported_now,
    rise_or_fall,
    source_text,
    than_elsewhere,
    unlike_the_country,
    verdict_sentences,
    victims_quote,
    years_chart,
)
from atlas.results.compare import compared_beside
from atlas.results.coverage_dates import what_is_missing
from atlas.results.department_file import area_csv
from atlas.results.derivation import derivation_html
from atlas.results.figures import missed_text
from atlas.results.finding import country_sentence
from atlas.results.finding import finding as finding_of
from atlas.results.help_places import help_text
from atlas.results.history import change_sentence, history
from atlas.results.matrix import yearly_registries
from atlas.results.profile import is_ever_shown, who_line
from atlas.results.province import province, province_period
from atlas.results.regions import (
    area_name,
    department_name,
    outlines_licence,
    results_for,
    touches,
)
from atlas.results.sentences import figures_source, flag_lines
from atlas.results.story import AreaStory, CountryStory
from atlas.results.trends import OwnTrend, country_sentences, country_trends
from atlas.results.trust import why_few
from atlas.results.victim_rates import rates_html
from atlas.results.years import change_for
from atlas.view import BASES, FOLDS, LEVELS, View
from atlas.web.compare import SECTION, compare_section, open_comparison
from atlas.web.components import (
    fold,
    server_address,
    sortable_table,
)
from atlas.web.session import MAP
from atlas.words import Words, file_name
from data.comparing import change_obstacle
from data.context import load_routes
from data.periods import NOT_COMPARED, REGISTRIES, UNKNOWN, Registry, province_periods
from data.reports import total_count
from geo.change import Trend

_OF_COUNTRY = ("trend", "quote", "who", "missing")
"""folds of the country's card, whose first lines say the rest"""
_OF_ALL = ("not_ranked", "lockdown", "late_recording")
"""flags that the country's card says; that a year is not complete its period says"""


@dataclass(frozen=True)
class Above:
    """Figures of a province's department in a registry without provinces."""

    title: str
    text: str
    link: str
    to: str


@dataclass(frozen=True)
class Card:
    """Values of the card's template."""

    name: str
    figures: list[tuple[str, str, str, str]]
    """each with its label, what that means, and what follows it"""
    period: str = ""
    answers: Sequence[str] = ()
    """what is reported here now; whether that is more than elsewhere"""
    trend: Sequence[str] = ()
    """whether its reports rise or fall, then from how many to how many"""
    before: str = ""
    served: Sequence[str] = ()
    chart: Chart | None = None
    lines: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """a fact and its source, by kind"""
    above: Above | None = None
    sentence: str = ""
    flags: Sequence[str] = ()
    """cautions and source of a closed fold stand on paper alone"""
    source: str = ""


@dataclass(frozen=True)
class Part:
    """Values of the template of a card's fold."""

    texts: list[str]
    rates: str = ""
    link: str = ""
    flags: Sequence[str] = ()
    derivation: str = ""
    routes: Sequence[Mapping[str, str]] = ()
    source: str = ""


def card_html(view: View, say: Words, theme: str = "light") -> str:
    """HTML of the card of a view's province, its department, or the country, in a theme."""
    card = _country(view, say) if view.department is None else _area(view, say, theme)
    return render("card", say, **vars(card))


def _area(view: View, say: Words, theme: str) -> Card:
    """Both registries, three figures, a chart, two lines; of a province what its department has."""
    story = AreaStory.of_view(view)
    before = (
        missed_rise(story, say),
        *older_sentences(story, say),
        unlike_the_country(story, say),
        story.depends(say),
    )
    card = Card(
        story.figures.name,
        large_figures(story, say),
        answers=(reported_now(story, say), than_elsewhere(story, say)),
        trend=rise_or_fall(story, say),
        before=" ".join(filter(None, (*before, margin_sentence(story, say)))),
        served=story.served(say),
        chart=years_chart(story, say, theme),
        lines=fact_lines(story, say),
        flags=() if "sure" in view.open else story.cautions(say),
        source="" if "sources" in view.open else source_text(story, say),
    )
    if view.province is None:
        return card
    in_province = province(view.province)
    of_department = view.changed(province=None, level=LEVELS[0])
    above = Above(
        say("card.province.prosecutors"),
        department_line(story, say),
        f"?{urlencode(of_department.link())}",
        say("card.province.department", department=in_province.department),
    )
    seat = say("brief.province.seat", department=in_province.department)
    return replace(card, period=seat, above=above)


def offered_folds(view: View) -> tuple[str, ...]:
    """Return which folds and parts the page has for a view, as its link names them."""
    if view.department is None:
        return _OF_COUNTRY
    if view.province is not None:
        return ("danger", "sure", "missing", "help", "history", "routes", "sources")
    return tuple(name for name in FOLDS["map"] if name != "trend")  # an area's card begins with it


def card_part(view: View, story: AreaStory | CountryStory, name: str, say: Words) -> str:
    """Return the HTML of a fold of the card, one of _PARTS."""
    of_country = isinstance(story, CountryStory)
    part = _of_country(view, name, say) if of_country else _PARTS[name](view, story, say)
    return render("card_part", say, **vars(part))


def _changed(trend: OwnTrend, say: Words) -> str:
    """Say how the country's reports changed, then the departments' where they are compared."""
    sentences = country_sentences(trend, say)
    if not change_obstacle(trend.before, trend.after):
        sentences.append(change_sentence(change_for(trend.before, trend.after), say))
    return " ".join(sentences)


def _of_country(view: View, name: str, say: Words) -> Part:
    """Write a fold of the country's card, one of _OF_COUNTRY."""
    if name == "trend":
        return Part([_changed(trend, say) for trend in country_trends()])
    if name == "who":
        return Part([who_line(None, say)], link=f"cifras?{urlencode(view.link('figures'))}#who")
    level = view.level if has_reports(view) else LEVELS[0]
    how = derivation_html(None, view.period.at(level), view.base, say, is_within_fold=True)
    return Part(what_is_missing(say), derivation=how)


def _sure(view: View, story: AreaStory, say: Words) -> Part:
    """Write verdict and ranks, what they depend on, other years, and cautions.

    What it says of the fiscal districts has figures on the card: the flag would say it again.
    """
    return Part(verdict_sentences(story, say), flags=story.cautions(say))


def _missing(view: View, story: AreaStory, say: Words) -> Part:
    """What the area's own figures lack, then what this edition lacks."""
    own = story.cautions(say, NOT_COMPARED)
    return Part([*own, *what_is_missing(say)])


def _differ(view: View, story: AreaStory, say: Words) -> Part:
    return Part([say("sides.why")])


def _who(view: View, story: AreaStory, say: Words) -> Part:
    if not is_ever_shown(story.area):
        return Part([who_line(story.area, say)])
    link = f"cifras?{urlencode(view.link('figures'))}#who"
    return Part([who_line(story.area, say)], rates_html(story.area, say), link)


def _routes(view: View, story: AreaStory, say: Words) -> Part:
    """The documented routes of the department, also of a province's, each with its source."""
    route_ids = touches(str(view.department)).routes
    key = "card.routes_one" if len(route_ids) == 1 else "card.routes"
    text = say(key, count=len(route_ids)) if route_ids else say("brief.routes.none")
    of = f"{department_name(str(view.department))}: " if view.province else ""
    return Part([f"{of}{text}"], routes=_route_rows(route_ids, say))


def _sources(view: View, story: AreaStory, say: Words) -> Part:
    """Write how figures are derived, where reports are counted, mining and towns."""
    texts = context_sentences(story, say)
    how = derivation_html(story.area, story.counted, story.base, say, is_within_fold=True)
    return Part(texts, derivation=how, source=source_text(story, say))


def _danger(view: View, story: AreaStory, say: Words) -> Part:
    """Write that the map cannot show danger, and what to do."""
    name = story.figures.name
    return Part(
        [say(f"card.danger.{part}", name=name) for part in ("cannot", "counts", "how", "call")]
    )


def _few(view: View, story: AreaStory, say: Words) -> Part:
    """Say that few reports do not mean little trafficking, then what may keep them few."""
    cannot = say("trust.cannot", name=story.figures.name)
    return Part([cannot, *why_few(story.area, say)])


def _help(view: View, story: AreaStory, say: Words) -> Part:
    """The help lines and what each does, then the nearest places that help."""
    lines = [
        f"{say(f'public.help.{number}')}. {say(f'public.help.{number}.what')}"
        for number in ("1818", "100")
    ]
    near = f"{help_text(story.area, say)} {say('help.call_first')}"
    return Part([say("card.danger.call"), *lines, near])


_PARTS: dict[str, Callable[[View, AreaStory, Words], Part]] = {
    "danger": _danger,
    "sure": _sure,
    "missing": _missing,
    "differ": _differ,
    "who": _who,
    "few": _few,
    "help": _help,
    "routes": _routes,
    "sources": _sources,
}


def fold_answer(view: View, story: AreaStory | CountryStory, name: str, say: Words) -> str:
    """Write the answer of a closed fold in few words."""
    if name == "trend":
        is_clear = any(trend.trend != Trend.UNCLEAR for trend in country_trends())
        return "" if is_clear else say("trust.short")
    if name == "danger":
        return say("card.danger.answer")
    if name == "few":
        return say("trust.short")
    if name == "quote":
        return say.list(say(f"registry.{registry.code}") for registry in _counting(story))
    if name == "sure":
        if view.province or isinstance(story, CountryStory):
            return ""
        return missed_text(story.figures, say, is_short=True) or say("verdict.untestable")
    if name in ("who", "help"):
        return say(f"card.{name}.answer")
    if name == "missing":
        # the country's title asks two things at once
        return say("missing.short") if isinstance(story, AreaStory) else ""
    if name == "differ":
        return say("card.differ.answer")
    if name == "routes":
        count = say.number(len(touches(str(view.department)).routes))
        return f"{department_name(str(view.department))}: {count}" if view.province else count
    if name == "sources":
        named = ["police"] if view.province else [story.period.registry_code, "mpfn", "police"]
        return say.list(say(f"registry.{code}") for code in dict.fromkeys(named))
    return ""


def _route_rows(route_ids: tuple[str, ...], say: Words) -> list[dict[str, str]]:
    table = load_routes().set_index("route_id").loc[list(route_ids)]
    name = "name_es" if say.lang == "es" else "name"
    return [
        {
            "name": str(row[name]),
            "confidence": str(row["confidence"]),
            "source_title": str(row["source_title"]),
            "source_url": str(row["source_url"]),
        }
        for row in table.to_dict("records")
    ]


def finding(view: View, say: Words) -> str:
    """Write the finding of the chosen area, else the areas with more than expected.

    Where the map shows the reports of provinces it speaks of these.
    """
    if view.department is not None:
        return finding_of(AreaStory.of_view(view), say)
    level = view.level if has_reports(view) else LEVELS[0]
    base = view.base if level == LEVELS[0] else BASES[0]
    return country_sentence(CountryStory(view.period, base, level), say)


def _country(view: View, say: Words) -> Card:
    results, unit = results_for(view.period, view.base), view.period.unit
    total = total_count(view.period)
    period = say(f"period.{view.period.code}.short")
    present = {flag for flags in results["flags"] for flag in flags}
    flags = [flag for flag in _OF_ALL if flag in present]
    flags += [UNKNOWN] if view.period.missing else []
    return Card(
        say("card.peru"),
        [(say.number(total), say(f"unit.{unit}.plural"), "", "")],
        # what is short stands on the first screen
        say("card.part_year", period=period) if view.period.is_part_year else period,
        sentence=finding(view, say),
        flags=flag_lines(view.period, flags, say),
        source=figures_source(unit, view.base, say),
    )


def card_folds(view: View, say: Words) -> None:
    """Draw the folds of the card, closed at first, each with question and answer."""
    folds = [name for name in offered_folds(view) if name != "compare"]
    story = CountryStory(view.period) if view.department is None else AreaStory.of_view(view)
    for name in folds:
        of_country = ".country" if name == "missing" and view.department is None else ""
        title = say(f"card.fold.{name}{of_country}")
        answer = fold_answer(view, story, name, say)
        is_open = name in view.open
        with fold(title, MAP.key(name), is_open=is_open, answer=answer) as is_shown:
            if not is_shown:
                continue
            if name == "history" and isinstance(story, AreaStory):
                _history(story, say)
                continue
            if name == "quote":
                st.html(render("paragraph", say, kind="help", text=say("card.quote.which")))
            for sentence in _to_copy(story, name, say):
                st.code(sentence, language=None, wrap_lines=True)
            if name == "quote":
                text = say("card.quote.map", licence=outlines_licence())
                st.html(render("paragraph", say, kind="help", text=text))
            else:
                st.html(card_part(view, story, name, say))


def _counting(story: AreaStory | CountryStory) -> list[Registry]:
    """The registries that count by year where a card is of."""
    if isinstance(story, CountryStory):
        return list(yearly_registries())
    return [course.registry for course in story.courses]


def _to_copy(story: AreaStory | CountryStory, name: str, say: Words) -> list[str]:
    """The sentences of a fold that are ready to be copied."""
    if name == "quote":
        return quotes(story, say)
    return [victims_quote(say)] if name == "who" else []


def _history(story: AreaStory, say: Words) -> None:
    for number, block in enumerate(history(story.area, story.base, story.period, say)):
        caption = say("card.history", unit=block.unit, base=block.base)
        layout = {"caption": caption, "first": say("column.year"), "is_beside": False}
        table = render("card_years", say, block=block, **layout)
        file = file_name(say, "", area_name(story.area), say(f"file.{block.code}"))
        source, key = block.source, f"card_history_{number}"
        sortable_table(table, say, key=key, file=file, source=source)
    how = f"{say('card.history.how')} {say('card.history.links')}"
    st.html(render("paragraph", say, kind="help", text=how))


def card_compare(view: View, say: Words) -> None:
    """Draw other departments beside the card's, over the whole page, if open."""
    if view.department is None or view.province or "compare" not in view.open:
        return
    with st.container(border=True, key="compare"):
        title = say("compare.title")
        st.html(render("heading", say, level="h2", id=SECTION, kind="heard", title=title))
        compare_section(view, say)
        st.button(
            say("compare.close"),
            key="compare_close",
            icon=":material/close:",
            type="tertiary",
            on_click=_close_compare,
        )


def _open_compare() -> None:
    st.session_state[MAP.key("compare")] = True
    open_comparison()


def _close_compare() -> None:
    st.session_state[MAP.key("compare")] = False


def card_tools(view: View, say: Words) -> None:
    """Draw the actions of the card; files are made on request."""
    address, area = server_address(), str(view.province or view.department)
    period = view.period if view.province is None else province_period(view.period)
    name = partial(file_name, say, "", area_name(area))
    spans = [period.code for period in province_periods()[1:]]
    if view.province is None:
        registries = REGISTRIES.values()
        spans = [month[:4] for registry in registries for month in (registry.first, registry.last)]
    csv = partial(area_csv, area, lang=say.lang, address=address)
    look = {field: getattr(view, field) for field in LOOK}
    beside = view.beside if compared_beside(view) else ""
    files: list[tuple[str, str, Callable[[], bytes]]] = [
        *((f"brief_{n}", *brief_file(area, period, say, address, n, look, beside)) for n in (1, 2)),
        ("figures", f"{name(min(spans), max(spans))}.csv", csv),
    ]
    with st.container(horizontal=True, key="card_tools", gap="small"):
        if view.province is None:
            st.button(say("compare.open"), key="card_compare", on_click=_open_compare)
        with st.popover(say("card.brief")):
            for kind, file, make in files[:2]:
                _download(kind, file, make, say)
        _download(*files[2], say)
    st.button(say("card.close"), key="card_close", type="tertiary", on_click=_close)


def _close() -> None:
    """Show the whole country again."""
    MAP.state.change(department=None, province=None)
    MAP.state.searched = ""
    MAP.state.trips += 1
    MAP.state.goto = {"trip": MAP.state.trips}


def _download(kind: str, file: str, make: Callable[[], bytes], say: Words) -> None:
    st.download_button(
        say(f"card.{kind}"),
        make,
        file_name=file,
        key=f"card_{kind}",
        help=say(f"card.{kind}.help"),
        on_click="ignore",
    )
