"""Model of a reader's view: read from a link or a command, written to a link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, cast

from pydantic import Field, InstanceOf, ValidationError, ValidationInfo, field_validator

from atlas.checked import Checked, Offered, Options, faults, text_of
from atlas.conditions import FIELDS, read_condition
from atlas.overlays import LINK_ORDER, OVERLAY_OF
from atlas.words import DEFAULT_LANGUAGE, LANGUAGES, Words
from data.cache import cached
from data.comparing import compared_registry, first_periods, later_than
from data.geography import AreaLevel, area_levels, load_areas, load_provinces
from data.periods import (
    REGISTRIES,
    Period,
    default_period,
    parse_period,
    province_periods,
)
from data.police import YearRange, parse_years, profile_years
from geo.errors import ParameterError, UserError

if TYPE_CHECKING:
    import geopandas as gpd


MEASURES = ("count", "rate", "smr", "verdict")
BASES = ("people", "offences")
"""what the expected counts are shares of: residents, or all offences registered."""
RATIO_MEASURES = ("smr", "verdict")
"""measures that depend on the base."""
OVERLAYS = LINK_ORDER
NO_REPORTS = "noreports"
"""stands among the overlays where the areas are drawn without what is reported."""
LAYERS = (NO_REPORTS, *OVERLAYS)
LEVELS = ("departments", "provinces", "districts")
AREA_MEASURES = ("people", "per_km2", "mined", "illegal")
"""what is known of every province and district."""
MINED = ("mined", "illegal")
"""those that Amazon Mining Watch has seen"""
BANDWIDTHS_KM = (20, 30, 40, 60, 80)
DEPARTMENTS = tuple(f"{code:02d}" for code in range(1, 26))
MAX_LENGTH = 256
"""characters of one value in a link; the rest is refused unread."""
MOST_CONDITIONS = 4
"""on the areas of a map"""
SECOND = ("registry", "period", "measure", "base", "level", "area_measure")
"""what a second map has of its own; language, department and overlays are the first one's."""
_CODE = r"(0[1-9]|1\d|2[0-5])"
BESIDE = rf"^(neighbour|alike|chosen|{_CODE}(-{_CODE}){{0,2}})$"
"""with whom a department is compared: a kind of others, or one to three of them"""
_POSITION = r"^(-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?,\d{1,2}(\.\d+)?)?$"
FOLDS = {
    "map": (
        *("trend", "danger", "quote", "who", "sure", "missing", "differ", "few", "help"),
        *("history", "routes", "sources", "compare"),
    ),
    "hotspots": ("change", "neighbours", "compare"),
}
"""what opens on demand, by page: on the card whether the country's reports rise, what the map
cannot say, sentences to quote, how many victims, how sure it is, what is missing, why registries
differ, why few may be reported, where help is, its years, its routes, where it comes from; other
departments beside it; on Focos the parts that are folded at first, besides the provinces."""
NO_LONGER = {
    "map": {"years": "", "changes": "history"},
    "hotspots": {"courses": "change", "chance": "", "density": ""},
}
"""folds that links of older editions open, by page, and the nearest one"""
PAGES = {
    "map": (
        *("lang", "registry", "period", "measure", "overlays", "bandwidth_km", "base"),
        *("department", "province", "level", "area_measure", "open", "beside"),
        *("second", "where", "columns", "at"),
    ),
    "hotspots": (
        *("lang", "registry", "period", "base", "before", "after", "department"),
        *("provinces", "open", "beside"),
    ),
    "figures": ("lang", "year", "department", "years"),
    "public": ("lang", "registry", "public", "period", "measure", "form"),
    "method": ("lang", "period", "base", "table"),
}
"""fields that the link of a page carries, in their order."""
LINK_NAMES = {
    "overlays": "layers",
    "bandwidth_km": "bw",
    "department": "dep",
    "province": "prov",
    "area_measure": "area",
    "before": "from",
    "after": "to",
    "years": "period",
    "columns": "cols",
    "form": "view",
}
"""name of a field in a link, where it is another one."""


def _first_periods(chosen: Mapping[str, Any]) -> Sequence[Period]:
    return first_periods(compared_registry(chosen["period"].registry_code))


class View(Checked):
    """Content of a page, a picture, a file or an answer; codes are the same in every language."""

    option_names: ClassVar[Mapping[str, str]] = {"lang": "language", "area_measure": "measure"}

    lang: Annotated[str, Offered(LANGUAGES)] = DEFAULT_LANGUAGE
    period: Annotated[InstanceOf[Period], Field(default_factory=default_period)]
    """by department; it knows its registry."""
    level: Annotated[str, Offered(LEVELS)] = LEVELS[0]
    measure: Annotated[str, Offered(MEASURES)] = "smr"
    base: Annotated[str, Offered(BASES)] = BASES[0]
    """what the expected counts are shares of."""
    department: Annotated[str | None, Offered(DEPARTMENTS)] = None
    province: Annotated[
        str | None,
        Offered(lambda fields: [c for c in province_names() if c[:2] == fields["department"]]),
    ] = None
    """of the department, whose card it has instead."""
    area_measure: Annotated[str, Offered((*MEASURES, *AREA_MEASURES))] = AREA_MEASURES[0]
    """what is shown below the department; reports see :func:`is_counted`."""
    overlays: Annotated[tuple[str, ...], Offered(LAYERS)] = ()
    bandwidth_km: Annotated[int, Offered(BANDWIDTHS_KM)] = 40
    open: tuple[str, ...] = ()
    """which of the page's FOLDS are open."""
    beside: Annotated[str, Field(pattern=BESIDE)] = "neighbour"
    """whom the card puts beside its department: neighbours, those most alike, or named ones."""
    before: Annotated[InstanceOf[Period] | None, Offered(_first_periods)] = None
    after: Annotated[
        InstanceOf[Period] | None,
        Offered(lambda fields: later_than(fields["before"] or _first_periods(fields)[0])),
    ] = None
    """the two periods whose change Focos shows; None: as :attr:`change` begins."""
    provinces: Annotated[InstanceOf[Period] | None, Offered(lambda _: province_periods())] = None
    """period of the section on provinces; None until it is opened."""
    second: InstanceOf[View] | None = None
    """what the map beside it has of its own (SECOND); None: there is one map."""
    where: tuple[str, ...] = ()
    """conditions that the areas are held against, as atlas.conditions writes them."""
    columns: Annotated[tuple[str, ...], Offered(FIELDS)] = ()
    """fields that the table beside the map shows, besides those of the conditions."""
    at: Annotated[str, Field(pattern=_POSITION, max_length=MAX_LENGTH)] = ""
    """latitude, longitude and zoom of the live map, which the browser reads and writes."""
    year: str = ""
    years: InstanceOf[YearRange] | None = None
    """of Cifras: the year of the sentence, and the years of the profile; None: all of them."""
    public: Annotated[str, Offered(LANGUAGES)] = DEFAULT_LANGUAGE
    form: str = ""
    """language and form of the public page."""
    table: str = ""
    """that Método offers."""
    problems: tuple[str, ...] = ()
    """names of the fields of a link that were not understood, never their values; and of parts
    that are NO_LONGER offered."""

    @field_validator("period", mode="before")
    @classmethod
    def _read_period(cls, value: Any, info: ValidationInfo) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return parse_period(value, (info.context or {}).get("registry"))
        except (ParameterError, UserError):
            raise ValueError from None  # its message repeats what came

    @field_validator("years", mode="before")
    @classmethod
    def _read_years(cls, value: Any) -> Any:
        try:
            years = parse_years(value, "police") if isinstance(value, str) else value
        except (ParameterError, UserError):
            raise ValueError from None
        return None if years and (years.first, years.last) == (0, len(profile_years())) else years

    @field_validator("where", mode="before")
    @classmethod
    def _read_where(cls, value: Any) -> Any:
        texts = value.split(",") if isinstance(value, str) else value
        try:
            read = dict.fromkeys(str(read_condition(text)) for text in texts)
        except UserError:
            raise ValueError from None  # its message repeats what came
        if len(read) > MOST_CONDITIONS:
            raise ValueError
        return tuple(read)

    @field_validator("second")
    @classmethod
    def _its_own(cls, second: View | None) -> View | None:
        return second and cls(**{field: getattr(second, field) for field in SECOND[1:]})

    @property
    def registry(self) -> str:
        """Return the code of the registry."""
        return self.period.registry_code

    @property
    def second_map(self) -> Self | None:
        """Return the second map with what it shares with the first."""
        if self.second is None:
            return None
        fields = {field: getattr(self.second, field) for field in SECOND[1:]}
        return self.changed(**fields, second=None)

    @property
    def change(self) -> tuple[Period, Period]:
        """Return the compared periods: the chosen ones, else the registry's first and last."""
        before = self.before or _first_periods({"period": self.period})[0]
        return before, self.after or later_than(before)[-1]

    @classmethod
    def from_link(
        cls,
        query: Mapping[str, str],
        page: str = "map",
        *,
        start: Mapping[str, Any] | None = None,
        narrowed: Mapping[str, Options] | None = None,
    ) -> Self:
        """Read the link of a page of PAGES; parameters that are not the page's are ignored.

        A field that is not understood takes its default and is named in ``problems``; the others
        hold. ``start`` are values of fields that the link leaves out, ``narrowed`` says what a
        field offers on this page alone.

        >>> View.from_link({"period": "1900", "dep": "17"}).problems
        ('period',)
        >>> View.from_link({"period": "2019 2021 2023"}).period.code
        '2019+2021+2023'
        >>> View.from_link({"registry": "police", "period": "2024-03/2024-08"}).problems
        ()
        """
        texts, wrong = _read_texts(query, page)
        second = texts.pop("second", "")
        registry = texts.pop("registry", None)
        fallback = dict(start or {})
        if registry or {"registry", "period"} & {*texts, *wrong}:
            fallback["period"] = default_period(registry)
        if "province" in texts and texts["province"] in province_names():
            texts.setdefault("department", texts["province"][:2])
        values, context = fallback | texts, {"registry": registry, **(narrowed or {})}
        while True:
            try:
                view = cls.model_validate(values, context=context)
                break
            except ValidationError as error:
                for field, _ in faults(error):
                    wrong.add(field)
                    values.pop(field)
                    if field in fallback:
                        values[field] = fallback.pop(field)
        named = tuple(LINK_NAMES.get(field, field) for field in PAGES[page] if field in wrong)
        asked = query.get("open", "").split("-")
        if query.get("twin", "1") != "1":  # other maps of chance than the first ones
            asked.append("chance")
        if "with" in query:  # a year beside the others
            asked.append("changes")
        named += tuple(name for name in NO_LONGER.get(page, ()) if name in asked)
        if page != "map":
            return view.changed(problems=named)
        view = view.changed(**view._settled(values))
        beside, of_second = view.read_second(second) if second else (None, ())
        return view.changed(second=beside, problems=(*named, *of_second))

    def read_second(self, text: str) -> tuple[Self | None, tuple[str, ...]]:
        """Read the second map of "registry:police,period:2022"; return the parts not understood.

        Parts that are left out, or wrong, are as on this map; without a part that is understood
        there is no second map. A wrong part is named by its name, another text as "second".

        >>> View(measure="rate").read_second("registry:police,period:2022")[0].link()["measure"]
        'rate'
        >>> View().read_second("period:1900,level:provinces,kind:x")[1]
        ('second', 'second:period')
        """
        names = tuple(LINK_NAMES.get(field, field) for field in SECOND)
        parts = [part.partition(":")[::2] for part in text.split(",")]
        parts_read = {name: value for name, value in parts if name in names}
        unread = () if len(parts_read) == len(parts) else ("second",)
        wrong: tuple[str, ...] = ()
        while parts_read:
            own_parts = {name: value for name, value in self.link().items() if name in names}
            if "registry" in parts_read:  # its own period has nothing to say of another registry
                own_parts.pop("period")
            second = self.from_link(own_parts | parts_read)
            wrong += (faulty := tuple(name for name in second.problems if name in parts_read))
            if not faulty:
                return second, (*unread, *(f"second:{name}" for name in wrong))
            parts_read = {name: value for name, value in parts_read.items() if name not in faulty}
        return None, (*unread, *(f"second:{name}" for name in wrong))

    def _second_text(self) -> str | None:
        if self.second is None:
            return None
        left_out = "area_measure" if self.second.level == LEVELS[0] else "measure"
        parts = [
            f"{LINK_NAMES.get(field, field)}:{text_of(getattr(self.second, field))}"
            for field in SECOND
            if field == "period"
            or (field != left_out and getattr(self.second, field) != getattr(self, field))
        ]
        return ",".join(parts)

    def _settled(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Return start values of fields on which nothing shown depends."""
        is_based = self.measure in RATIO_MEASURES and self.period.is_by_prosecutors
        area = self.area_measure
        if self.level == LEVELS[0]:
            area = AREA_MEASURES[0]
        elif "area_measure" not in values:
            area = self.measure
        return {"area_measure": area, "base": self.base if is_based else BASES[0]}

    def link(self, page: str = "map") -> dict[str, str]:
        """Return the parameters of the link of a page."""
        is_chosen = self.change != self.changed(before=None, after=None).change
        before, after = self.change if is_chosen else (None, None)
        values = dict(self) | {
            # of the prosecutors' two the period says which is meant
            "registry": None if self.period.is_by_prosecutors else self.registry,
            "base": None if page == "map" and self.base == BASES[0] else self.base,
            "overlays": self.overlays or "none",
            "level": None if self.level == LEVELS[0] else self.level,
            "area_measure": None if self.level == LEVELS[0] else self.area_measure,
            "before": before,
            "after": after,
            "beside": self.beside if "compare" in self.open else None,
            "second": self._second_text(),
            "where": ",".join(self.where),
            "at": None,
        }
        texts = {LINK_NAMES.get(field, field): text_of(values[field]) for field in PAGES[page]}
        return {name: text for name, text in texts.items() if text}


def _read_texts(query: Mapping[str, str], page: str) -> tuple[dict[str, Any], set[str]]:
    """Return fields of a link as texts and lists of known codes, and the wrong fields."""
    texts: dict[str, Any] = {}
    wrong = set()
    for field in PAGES[page]:
        name = LINK_NAMES.get(field, field)
        if name not in query:
            continue
        # a plus sign in a link that was typed by hand arrives as a space
        text = query[name] if field == "where" else query[name].replace(" ", "+")
        if len(text) > MAX_LENGTH or (field == "registry" and text not in REGISTRIES):
            wrong.add(field)
        elif field in ("overlays", "open", "columns"):
            offered = {"overlays": LAYERS, "columns": FIELDS}.get(field) or FOLDS[page]
            codes = [] if text == ("none" if field == "overlays" else "") else text.split("-")
            if field == "open":
                codes = [code for given in codes if (code := NO_LONGER[page].get(given, given))]
            texts[field] = tuple(code for code in offered if code in codes)
            if set(codes) - set(offered):
                wrong.add(field)
        elif text or field not in ("provinces", "beside", "second", "where"):
            texts[field] = text
    return texts, wrong


def left_out_overlays(view: View) -> tuple[str, ...]:
    """Return the overlays that a level below the department does not show.

    The density is one of reports, and hectares by area and by cell would be the same thing twice
    in the same colour.
    """
    if view.level == LEVELS[0]:
        return ()
    return tuple(
        code
        for code, overlay in OVERLAY_OF.items()
        if overlay.is_of_departments or overlay.area_measure == view.area_measure
    )


MEASURE_COLUMNS = {
    "count": "reported_count",
    "rate": "rate_per_100k",
    "smr": "smr",
    "verdict": "verdict",
}
"""column of the results that a measure shows."""
KNOWN_COLUMNS = {
    "people": "population",
    "per_km2": "people_per_km2",
    "mined": "mined_ha",
    "illegal": "likely_illegal_ha",
}
"""column of the areas that a measure shows."""


def available_levels() -> tuple[str, ...]:
    """Return the departments and the levels whose outlines are here.

    >>> available_levels()
    ('departments', 'provinces')
    """
    present = area_levels()
    return tuple(level for level in LEVELS if level == "departments" or level in present)


def is_counted(level: str, period: Period) -> bool:
    """Whether a period's registry publishes its reports at a level.

    >>> [is_counted("provinces", parse_period("2022", code)) for code in ("police", "mpfn")]
    [True, False]
    """
    try:
        period.at(level)
    except (ParameterError, UserError):
        return False
    return True


def level_of(area: str) -> str:
    """Return the level of an area by its INEI code of two digits or four."""
    return LEVELS[1] if area in province_names() else LEVELS[0]


def area_view(area: str, period: Period, base: str, say: Words) -> View:
    """Return the card of a department, or of a province with the map around it."""
    view = View(lang=say.lang, period=period, department=area[:2], base=base)
    if level_of(area) == LEVELS[0]:
        return view
    return view.changed(province=area, level=LEVELS[1], area_measure="smr")


@cached(most=1)
def province_names() -> dict[str, str]:
    """Return names of provinces by INEI code of four digits."""
    table = load_provinces()
    return dict(zip(table["province_ubigeo"], table["province"], strict=True))


def years_by_province() -> tuple[str, str]:
    """Return first and last year with reports by province."""
    (spans,) = (
        registry.spans["provinces"]
        for registry in REGISTRIES.values()
        if "provinces" in registry.spans
    )
    return spans[0][0], spans[-1][0]


@cached(most=2)
def areas_for(level: str) -> gpd.GeoDataFrame:
    """Return the provinces or districts with outlines, gated; shared: read only.

    Raises ParameterError when the level is not there.
    """
    return load_areas(cast(AreaLevel, level))
