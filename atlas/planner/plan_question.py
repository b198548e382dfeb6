"""The question of a plan: each field with its limits, its controls on the page and its option."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import ConfigDict, Field, field_validator

from atlas.checked import Checked, Limits, Offered, Whole
from atlas.planner.candidates import OFFERED, SERVICES
from atlas.planner.demand import KINDS
from atlas.view import DEPARTMENTS
from atlas.words import Words
from data.periods import PERIOD_CODES, latest_year
from geo.errors import UserError
from geo.siting.problem import MODELS, Model
from geo.siting.second_objective import SECONDS, Second

OWN_DEMANDS = ("records",)
MOST_SITES = 60
"""teams of a plan."""
MOST_TEXT, MOST_CODES = 200, 100
"""characters of a code or name, codes of one choice; no real one has more."""
ZonePeople = Literal["stay", "come"]
ZONE_PEOPLE: tuple[str, ...] = get_args(ZonePeople)
_SITES = Limits(1, MOST_SITES, "command.fault.whole")
_KILOMETRES, _MINUTES = Limits(1, 2000), Limits(1, 7 * 24 * 60)
_WORST = Limits(0.001, _MINUTES.most)
_CAPACITY = Limits(0.001, 10**9)
_SHARE = Limits(0, 1, "command.fault.share")
_BUFFER = Limits(0, 500)
_TEAM_COST = Limits(0, 10**9, "command.fault.soles")
_BUDGET = Limits(1, 10**11, "command.fault.soles")
"""the least and the most of each number, the same for controls, options and files"""
GROUPS = (
    *("level.departments", "plan.services", "plan.candidates", "plan.fairness"),
    "plan.cost.head",
)
"""names of the buttons behind which the page asks, in their order"""


@dataclass(frozen=True, slots=True)
class Control:
    """How a field, or a part of it, is named and entered; messages are catalogue keys.

    Of several controls the one asks whose list is there.
    """

    label: str
    key: str = ""
    """of session and browser store; "" = no control on the page."""
    help: str = ""
    limits: Limits | None = None
    """of a number, in the unit of the field."""
    step: float = 1
    """of a number; with a whole step it is whole."""
    zero_is_none: bool = False
    """whether the control offers 0, below its limits, for None."""
    start: Any = None
    """where the control begins; None: at the field's default."""
    option: str = ""
    """of the command, by the name of its parameter; "" = named as the field is."""
    offers: Sequence[str] = ()
    names: str = ""
    """message that names one of these, with {} for its code; "" = the label and the code."""
    unit: str = ""
    """with % the control asks in per cent for a share of 0 to 1."""
    needs: str = ""
    """list without which the field has its default."""
    without: str = ""
    """list beside which the field has its default."""
    lists: tuple[str, ...] = ()
    """lists whose rows the value may name, or that it may be."""
    yes: str = ""
    """code that a yes means; a no is the field's default."""
    of_mclp: bool = False
    """whether only mclp has a use for it."""
    group: str = ""
    """one of GROUPS; "" = always drawn."""
    empty: str = ""
    below: str = ""
    """keys of the text of an empty choice, and of that below the control."""
    of_lists: str = ""
    """sentence about own lists after the help, on a server that takes them."""

    def name(self, code: str, say: Words) -> str:
        """Name the choice with a code."""
        return say((self.names or f"{self.label}.{{}}").format(code))

    def start_value(self, default: Any) -> Any:
        """Return the control's first value, given the default of its field."""
        start = self.start() if callable(self.start) else self.start
        value = self.from_field(default) if start is None else start
        return type(self.step)(value or 0) if self.limits else value

    @property
    def span(self) -> tuple[float, float] | None:
        """The least and the most that the control can show."""
        if self.limits is None:
            return None
        scale, kind = (100 if self.unit == "%" else 1), type(self.step)
        least = 0 if self.zero_is_none else self.limits.least
        return kind(scale * least), kind(scale * self.limits.most)

    def from_field(self, asked: Any) -> Any:
        """Return a field's value as the control has it, even one that the control cannot show."""
        if self.yes:
            return asked == self.yes
        if self.unit == "%":
            return 100 * asked
        return list(asked) if isinstance(asked, tuple) else asked

    def to_field(self, value: Any, default: Any) -> Any:
        """Return the field's value; 0 means None where that is the default."""
        if self.yes:
            return self.yes if value else default
        if self.unit == "%":
            return value / 100
        return None if default is None and not value else value

    def nearest_valid(self, value: Any, start: Any) -> Any:
        """Return a value as the control can show it, or the start if it is invalid.

        The value comes from a file or the browser and may be anything.
        """
        if isinstance(start, bool):
            return value if isinstance(value, bool) else start
        if self.span:
            least, most = self.span
            if not Limits(-most, 10 * most).hold(value):
                return start
            near = max(least, min(most, value))
            return float(round(near, 2)) if isinstance(start, float) else round(near)
        if isinstance(start, list):
            if not isinstance(value, list | tuple) or len(value) > MOST_CODES:
                return list(start)
            texts = [text for text in value if isinstance(text, str) and len(text) <= MOST_TEXT]
            return [code for code in dict.fromkeys(texts) if not self.offers or code in self.offers]
        return value if value in self.offers else start


_SERVICE = partial(
    Control, without="travel_times", group="plan.services", below="plan.services.note"
)
_CANDIDATE = partial(Control, group="plan.candidates")
_SITE_CODES = partial(_CANDIDATE, lists=("candidates",), empty="plan.must.none")
_FAIR = partial(Control, group="plan.fairness")
_OF_MCLP = partial(_FAIR, of_mclp=True)
_COST = partial(Control, unit="soles", group="plan.cost.head")


class PlanQuestion(Checked):
    """The question of a planner; hashable, so that a page can cache by it.

    A new condition is a field here, and its use in :func:`atlas.planner.question.question_for`.
    """

    model_config = ConfigDict(strict=True)

    demand: Annotated[
        str,
        Control(
            *("plan.demand", "plan_demand"),
            start=KINDS[0],
            offers=(*KINDS, *OWN_DEMANDS),
            lists=OWN_DEMANDS,
        ),
        Control("column.period", "plan_period", start=latest_year, offers=PERIOD_CODES),
        Field(default_factory=lambda: f"complaints:{latest_year()}"),
    ]
    """a code of :func:`atlas.planner.demand.demand_for`."""
    model: Annotated[
        Model, Control("plan.model", "plan_model", "plan.model.help", offers=MODELS)
    ] = "mclp"
    sites: Annotated[
        Whole | None,
        _SITES,
        Control("plan.sites", "plan_sites", "plan.sites.help", _SITES),
    ] = 6
    """p; with a budget the most, and None where money alone limits them."""
    radius: Annotated[
        float,
        _MINUTES,
        Control(
            *("plan.radius", "plan_radius", "plan.radius.help", _KILOMETRES, 5),
            of_lists="plan.radius.lists",
            option="radius_km",
            unit="km",
        ),
        Control(
            *("plan.minutes", "plan_minutes", "plan.minutes.help", _MINUTES, 5),
            start=120,
            option="radius_minutes",
            unit="min",
            needs="travel_times",
        ),
    ] = 75.0
    """travelled kilometres, or minutes with a table of travel times."""
    services: Annotated[
        str,
        Offered(SERVICES),
        _SERVICE(
            "planning.task.services", "plan_services", offers=SERVICES, names="plan.services.{}"
        ),
    ] = "none"
    """which of the shipped services count as sites that are there already."""
    candidates: Annotated[
        str,
        Offered(OFFERED),
        _CANDIDATE(
            *("plan.candidates.which", "plan_candidates", "plan.candidates.which.help"),
            of_lists="plan.candidates.lists",
            offers=OFFERED,
            names="plan.candidates.{}",
            without="candidates",
        ),
    ] = OFFERED[0]
    """capitals of provinces or of districts, or women's centres, unless there is an own list."""
    must: Annotated[tuple[str, ...], _SITE_CODES("plan.must", "plan_must", "plan.must.help")] = ()
    """UBIGEO (or names of an own list) of candidates that have to be chosen."""
    barred: Annotated[
        tuple[str, ...], _SITE_CODES("plan.barred", "plan_barred", "plan.barred.help")
    ] = ()
    """codes of candidates that may not be chosen."""
    departments: Annotated[
        tuple[str, ...],
        Offered(DEPARTMENTS),
        Control(
            *("plan.departments_only", "plan_only", "plan.departments_only.help"),
            offers=DEPARTMENTS,
            empty="plan.departments_only.none",
            group="level.departments",
            below="plan.departments_only.note",
        ),
    ] = ()
    """codes of the only departments whose demand and candidates count; () = all."""
    cover_departments: Annotated[
        tuple[str, ...],
        Offered(DEPARTMENTS),
        _FAIR(
            *("plan.cover_departments", "plan_cover", "plan.cover_departments.help"),
            offers=DEPARTMENTS,
            empty="plan.cover_departments.none",
        ),
    ] = ()
    """codes of departments in each of which at least one site stands."""
    capacity: Annotated[
        float | None,
        _CAPACITY,
        _OF_MCLP(
            *("plan.capacity", "plan_capacity", "plan.capacity.help", _CAPACITY, 10),
            zero_is_none=True,
        ),
    ] = None
    min_department_share: Annotated[
        float,
        _SHARE,
        _OF_MCLP(
            *("plan.equity", "plan_equity", "plan.equity.help", _SHARE),
            unit="%",
            below="plan.fairness.note",
        ),
    ] = 0.0
    """every department is covered to this share (0 to 1) at least."""
    second: Annotated[
        Second, _OF_MCLP("plan.second", "plan_second", "plan.second.help", offers=SECONDS)
    ] = "ways"
    """what decides among plans that cover at least 0.99 of the best cover (mclp)."""
    worst_cost: Annotated[
        float | None,
        _WORST,
        _OF_MCLP(
            *("plan.max_worst", "plan_max_worst", "plan.max_worst.help", _WORST, 10),
            zero_is_none=True,
        ),
    ] = None
    """nobody with a way is farther than this from a site or service."""
    buffer_km: Annotated[
        float,
        _BUFFER,
        _CANDIDATE(
            *("plan.buffer", "plan_buffer", "plan.buffer.help", _BUFFER, 5),
            start=10,
            unit="km",
            needs="zones",
        ),
    ] = 0.0
    """kept from excluded zones."""
    zone_people: Annotated[
        ZonePeople,
        _CANDIDATE(
            *("plan.zone_people", "plan_come", "plan.zone_people.help"),
            offers=ZONE_PEOPLE,
            yes="come",
            needs="zones",
            below="plan.buffer.note",
        ),
    ] = "stay"
    """whether people inside an excluded zone can come out to a site: who stays is not covered."""
    team_cost: Annotated[
        float,
        _TEAM_COST,
        _COST("plan.team_cost", "plan_team_cost", "plan.team_cost.help", _TEAM_COST, 1000),
    ] = 0.0
    """soles for one team, beside what its place costs; 0 = not known."""
    budget: Annotated[
        float | None,
        _BUDGET,
        _COST(
            *("plan.budget", "plan_budget", "plan.budget.help", _BUDGET, 10_000),
            zero_is_none=True,
            below="plan.cost.note",
        ),
    ] = None
    """soles that teams and their places cost at most."""

    @field_validator("departments", "cover_departments", mode="before")
    @classmethod
    def _each_once(cls, value: Any) -> Any:
        if isinstance(value, list | tuple) and any(value.count(code) > 1 for code in value):
            raise ValueError
        return value

    @classmethod
    def controls(cls, field: str, tasks: Collection[str]) -> tuple[Control, ...]:
        """Return the controls of a field for lists of these tasks; () if it needs another."""
        every = cls.carried(field, Control)
        of_lists = tuple(control for control in every if control.needs in tasks)
        return of_lists or tuple(control for control in every if not control.needs)

    @classmethod
    def require_reach(cls, radius: float, unit: str) -> None:
        """Refuse a reach that is too far in its unit, which a file does not state."""
        for control in cls.carried("radius", Control):
            if control.unit == unit and control.limits and not control.limits.hold(radius):
                values = {"name": "radius", "value": f"{radius:g} {unit}"}
                raise UserError(control.limits.refusal, **values, **control.limits.words())

    def beside(self, tasks: Collection[str]) -> Self:
        """Return the question for lists of these tasks, with defaults for what does not apply.

        These are fields that need another list or another model.
        """
        values: dict[str, Any] = {}
        for field, info in type(self).model_fields.items():
            controls = self.controls(field, tasks)
            if not controls or any(control.without in tasks for control in controls):
                values[field] = info.get_default(call_default_factory=True)
        if self.model != "mclp":
            values |= {"capacity": None, "min_department_share": 0.0, "worst_cost": None}
        return self.changed(**values)

    def moved(self, before: Collection[str], now: Collection[str]) -> Self:
        """Return the question after other lists came; a field with a new control begins anew."""
        values: dict[str, Any] = {}
        for field, info in type(self).model_fields.items():
            controls = self.controls(field, now)
            if controls and controls != self.controls(field, before):
                default = info.get_default(call_default_factory=True)
                start = controls[0].start_value(default)
                values[field] = controls[0].to_field(start, default)
        return self.changed(**values)

    @property
    def is_varied(self) -> bool:
        """Whether its plan can be made again of variations of the demand."""
        return self.capacity is None and self.worst_cost is None and not self.min_department_share


OF_LISTS = ("candidates", "zones", "travel_times")
"""own lists beside which fields of a question mean something else"""
