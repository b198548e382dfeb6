"""The document of a plan, shared by page, print sheet, files and later readers.

It is made once from the solver's answer (:mod:`atlas.planner.answer`), holds no language, no zone
and no record, and can be written and read again as JSON; sentences are keys of the catalogues with
their values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from math import floor, log10
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
)

from atlas.own_files.lists import MOST_DETAIL, ListSource
from atlas.planner.plan_question import MOST_SITES, MOST_TEXT, PlanQuestion
from atlas.words import LANGUAGES, Message, Words, message, words
from geo.siting.problem import Unit

PLAN_VERSION = 4
"""edition of the atlas that made the file of a plan"""
CONFIDENCES = ("firm", "doubtful", "open")
PART = 0.1
"""share of what a site serves, from which a department is named"""
FIRM, OPEN = 0.8, 0.5
"""shares of the variations from which a site counts as firm, and below which as open."""
_SENTENCE = re.compile(r"(plan|siting|number|command\.word|period)\.[\w./-]{1,100}")
_MOST_NESTED = 3


def _short(text: str, most: int = MOST_TEXT) -> str:
    """Refuse a text that is long or has control signs; our own texts have none."""
    if len(text) > most or not text.isprintable():
        raise ValueError("not a text of ours")
    return text


def _as_json(sentence: Message) -> dict[str, Any]:
    """Write a sentence as its key and values."""

    def plain(value: object) -> Any:
        if isinstance(value, Message):
            return _as_json(value)
        return [plain(part) for part in value] if isinstance(value, tuple) else value

    return {"key": sentence.key, "values": {name: plain(value) for name, value in sentence.values}}


def _from_json(value: Any, depth: int = 0) -> Message:
    """Read a sentence; ValueError if a language cannot write it."""
    if isinstance(value, Message):
        return value
    if not isinstance(value, Mapping) or set(value) != {"key", "values"} or depth > _MOST_NESTED:
        raise ValueError("no sentence")

    def read(part: Any) -> Any:
        if isinstance(part, str):
            return _short(part, MOST_DETAIL)  # it may list zones, or the places that are fixed
        if isinstance(part, list) and len(part) <= MOST_TEXT:
            return tuple(read(item) for item in part)
        return _from_json(part, depth + 1)

    key, values = value["key"], value["values"]
    if not isinstance(key, str) or not _SENTENCE.fullmatch(key) or not isinstance(values, Mapping):
        raise ValueError("no sentence")
    sentence = message(key, **{str(name): read(part) for name, part in values.items()})
    try:
        for lang in LANGUAGES:
            sentence.text(words(lang))
    except (KeyError, IndexError, AttributeError, TypeError):
        raise ValueError("no sentence of ours") from None
    return sentence


def _our_lists(lists: tuple[ListSource, ...]) -> tuple[ListSource, ...]:
    for source in lists:
        _short(source.task + source.file)
        if not re.fullmatch("[0-9a-f]{64}|", source.sha256):
            raise ValueError("no list of ours")
    return lists


Text = Annotated[str, AfterValidator(_short)]
MOST_NOTE = 500
"""characters of a note of one's own"""
OwnNote = Annotated[str, AfterValidator(partial(_short, most=MOST_NOTE))]
Share = Annotated[float, Field(ge=-1e-6, le=1 + 1e-6)]
Number = Annotated[float, Field(ge=-1e15, le=1e15)]
Sentence = Annotated[Message, PlainValidator(_from_json), PlainSerializer(_as_json)]
Degrees = Annotated[float, Field(ge=-180, le=180)]
Ring = tuple[tuple[Degrees, Degrees], ...]
Area = tuple[tuple[Ring, ...], ...]
"""polygons of rings of longitude and latitude, the outer ring of each first"""


class Values(BaseModel):
    """Values from a file that anybody may have made: each is checked, none is added."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False
    )


class Alternative(Values):
    """A candidate that variations of the demand choose in place of a site."""

    code: Text
    name: Text
    department: Text
    longitude: Degrees
    latitude: Degrees
    share: Share
    """of the variations."""


class Served(Values):
    """Demand of a department that a site serves."""

    department_ubigeo: Text
    amount: Number


class NearestCentre(Values):
    """The women's centre nearest to a site that has a position of its own."""

    name: Text
    km: Number
    """in a straight line."""
    address: Text = ""


class Site(Values):
    """A chosen candidate; its plain fields are columns of the files, in their order."""

    order: int
    """of opening, from 1."""
    code: Text
    name: Text
    kind: Text | None
    """None unless an own list has kinds; "" where it has none for the site."""
    district: Text
    province: Text
    department: Text
    department_ubigeo: Text
    longitude: Degrees
    latitude: Degrees
    population: Number
    town_population: Number | None
    is_must_have: bool
    cost: Number | None
    """soles of its place, where an own list has them."""
    within_reach_added_share: Share
    """share of the demand that it adds to the sites before it."""
    within_reach_share: Share
    load: Number
    """demand that goes there."""
    people: Number
    """residents within reach."""
    people_shared: Number
    """of them those within reach of another site too."""
    area_km2: Number | None
    """within reach, on land; None where no area is known."""
    kept_share: Share | None
    """of the variations; None of a site that is fixed, and where nothing was varied."""
    near_share: Share | None
    """of the variations that keep it or choose one near it."""
    backs_up: tuple[Text, ...]
    """codes of the sites of whose demand within reach this one reaches a tenth or more."""
    alternatives: tuple[Alternative, ...]
    served: tuple[Served, ...]
    """by department, most first."""
    says: tuple[Sentence, ...]
    """what it does, in sentences."""
    area: Area | None = Field(repr=False)
    nearest_cem: NearestCentre | None = None
    """None in a plan that was stored without it."""

    @property
    def is_doubtful(self) -> bool:
        """Whether less than half of the variations choose it."""
        return self.kept_share is not None and self.kept_share < OPEN


class Department(Values):
    """Demand of a department that a plan covers and misses."""

    department_ubigeo: Text
    name: Text
    demand: Number
    """= covered + missed + in_zones"""
    covered: Number
    missed: Number
    in_zones: Number
    share: Share
    """covered, of its demand."""
    mean_cost: Number | None
    """of those who have a way; None where nobody has."""
    unreachable: Number
    """demand without any way."""
    reported_count: int | None
    """reports of the period; None where the plan counts something else."""
    verdict: Text | None
    ratio: Number | None
    """reports for each expected one."""


class LeftOut(Values):
    """A department of which a plan misses much.

    It is one of the most missed, or has more than expected and is missed by more than half.
    """

    department_ubigeo: Text
    name: Text
    demand: Number
    reported_count: int | None
    verdict: Text | None
    cost_to_include: Number | None
    """demand that a plan with a site in it covers less; None where it was not computed, where there
    is no such plan or too little is served of it, and where a site stands in it already."""
    gives_up: tuple[Text, ...]
    """codes of the sites that such a plan has no more."""
    takes: tuple[Text, ...]
    """names of the sites that come for them."""
    mean_cost: Number | None = None
    """mean way of such a plan."""
    too_little: Text = ""
    """name of the best site in it, where that would leave it with next to nothing too."""
    removed: tuple[Text, ...] = ()
    """codes of candidates in it that are barred."""


class Cost(Values):
    """Price of a plan in soles; existing services are free."""

    teams: Number
    places: Number
    total: Number
    budget: Number | None
    pays_another: bool = False
    """what is left of the budget pays another team, and no more were asked for."""


class Place(Values):
    """A place with demand, and the site that serves it."""

    ubigeo: Text
    weight: Number
    served: Share
    in_zone: bool
    sites: tuple[tuple[int, Share], ...]
    """order of the site, and the share of the demand that goes there."""


class PlanDocument(Values):
    """A plan, without language; it holds no zone and no record."""

    plan_version: Literal[4] = PLAN_VERSION
    figures: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
    """edition of the atlas' figures when it was made."""
    request: PlanQuestion
    headline: Sentence
    notes: tuple[Sentence, ...]
    """sentences that stand with the headline."""
    confidence: Literal["firm", "doubtful", "open"] | None
    """None where nothing was varied."""
    confidence_why: Sentence
    sites: tuple[Site, ...]
    """in the order of opening."""
    left_out: tuple[LeftOut, ...]
    """by what is missed of them, most first."""
    departments: tuple[Department, ...]
    cost: Cost | None
    """None where no price is known."""
    demand: Text
    """code of the demand."""
    demand_unit: Text
    """as programs read it; people read :attr:`unit`."""
    demand_total: Number
    demand_in_zones: Number
    demand_unknown: Number
    """of places that a table of minutes does not name."""
    radius: Number
    radius_unit: Unit
    coverage_share: Share
    coverage_low: Share | None
    """2.5th percentile over the variations; coverage_high the 97.5th."""
    coverage_high: Share | None
    coverage_share_of_services: Share
    twice_share: Share
    within_reach_share: Share
    """what sites and services have within reach, whatever they serve."""
    coverage_share_if_they_stay: Share | None
    """if the people of zones stay, whom the plan lets come out."""
    missed: Number
    """demand that no site or service covers, people in zones left out."""
    unreachable_share: Share
    mean_cost: Number | None
    worst_cost: Number | None
    objective: Number
    bound: Number | None
    """None: nothing is known."""
    gap: Number | None
    is_stopped: bool
    resamples: int
    zones: dict[Text, int] | None
    """counts of the zones (:class:`atlas.planner.question.Question`); None without any."""
    people: Number
    """residents within reach of any site."""
    people_shared: Number
    areas_season: Text | None
    """of a file of areas: dry or rainy."""
    areas_widened_km: Number | None
    lists: Annotated[tuple[ListSource, ...], AfterValidator(_our_lists)]
    assumptions: tuple[Sentence, ...]
    is_invented: bool
    services: tuple[tuple[Degrees, Degrees], ...]
    """longitude and latitude of the shipped services that count."""
    places: tuple[Place, ...] = Field(repr=False)
    own_notes: dict[Text, OwnNote] = Field({}, max_length=MOST_SITES, repr=False)
    """what its owner wrote of a site, by code: on the page, on paper and in its own file alone."""
    candidates: dict[str, tuple[str, float, float]] = Field({}, exclude=True, repr=False)
    """by code, those that could be added: name, longitude, latitude. A stored plan has none."""
    is_searching: bool = Field(default=False, exclude=True)
    """the search for a better plan goes on."""

    @property
    def ended(self) -> PlanDocument:
        """Return the same plan with no search for a better one."""
        return self.model_copy(update={"is_searching": False})

    def with_notes(self, notes: Mapping[str, str]) -> PlanDocument:
        """Return the same plan with the notes of its sites."""
        of_sites = {code: notes[code] for code in self.codes if notes.get(code)}
        return self.model_copy(update={"own_notes": of_sites})

    @property
    def unit(self) -> Message:
        """Name one of the demand: report, resident, ..."""
        return message(f"siting.unit.{self.demand.partition(':')[0]}")

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the sites, in the order of opening."""
        return tuple(site.code for site in self.sites)

    @property
    def tasks(self) -> set[str]:
        """Kinds of own lists that the plan obeys."""
        return {source.task for source in self.lists}

    @property
    def has_people_in_zones(self) -> bool:
        """Whether people stay in zones and so are neither covered nor missed."""
        return self.request.zone_people == "stay" and self.demand_in_zones > 0

    @property
    def has_areas(self) -> bool:
        """Whether the area of each site is known."""
        return all(site.area is not None for site in self.sites)

    def missed_of(self, department_ubigeo: str) -> float:
        """Return the missed demand of a department; 0 without demand."""
        of = {department.department_ubigeo: department.missed for department in self.departments}
        return of.get(department_ubigeo, 0.0)

    def reached_from(self, department_ubigeo: str) -> list[tuple[str, float]]:
        """Return the sites that stand in or serve a department, and how much, most first."""
        some = []
        for site in self.sites:
            of = {part.department_ubigeo: part.amount for part in site.served}
            amount = of.get(department_ubigeo, 0.0)
            if amount >= 0.5 or site.department_ubigeo == department_ubigeo:
                some.append((site.name, amount))
        return sorted(some, key=lambda served: -served[1])

    def site(self, code: str) -> Site:
        """Return the site with a code; KeyError if there is none."""
        return {site.code: site for site in self.sites}[code]

    def is_same(self, other: PlanDocument) -> bool:
        """Say whether both answer one question with the same sites."""
        mine, theirs = (
            (plan.request, plan.lists, plan.codes, plan.figures) for plan in (self, other)
        )
        return mine == theirs

    def texts(self, sentences: Sequence[Message], say: Words) -> list[str]:
        """Return sentences in a language, each with a capital at its beginning."""
        texts = [each.text(say) for each in sentences]
        return [f"{text[0].upper()}{text[1:]}" for text in texts if text]


def rounded_amount(value: float, *, of_noun: bool = False) -> str | Message:
    """Write a modelled number with two significant digits: 17,342,000 as 17 million.

    Before a noun it is "17 millones de". A part of one is "less than one".

    Examples
    --------
    >>> rounded_amount(17.4), rounded_amount(0.6), rounded_amount(1234), rounded_amount(0)
    ('17', '1', '1,200', '0')
    """
    if value < 10:
        return message("number.less_than_one") if 0 < value < 0.5 else f"{floor(value + 0.5)}"
    digits = floor(log10(value)) - 1
    rounded = round(value / 10**digits) * 10**digits
    if rounded >= 1_000_000:
        key = "number.millions.of" if of_noun else "number.millions"
        return message(key, number=f"{rounded / 1e6:g}")
    return f"{rounded:,.0f}"


def percent(share: float) -> str:
    """Write a share in whole per cent; less than all never reads as 100, more than none as 0."""
    whole = round(100 * share)
    whole = min(whole, 99) if share < 1 - 1e-9 else whole
    return str(max(whole, 1) if share > 1e-9 else whole)
