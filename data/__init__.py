"""The figures and the geography, checked against their catalogue."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from data.catalogue import load_package, load_table, resource_names
    from data.context import (
        load_known_connections,
        load_mining_by_department,
        load_mining_by_district,
        load_mining_cells,
        load_mining_suspects,
        load_mining_zones,
        load_named_places,
        load_route_waypoints,
        load_routes,
        load_services,
        load_travel_speeds,
        mining_span,
    )
    from data.geography import (
        load_denominator_mismatch,
        load_departments,
        load_jurisdiction_moves,
        load_lakes,
        load_neighbours,
        load_places,
        load_provinces,
        load_rivers,
        load_towns,
    )
    from data.periods import PERIODS, REGISTRIES, Period, Registry, Step, parse_period, steps_of
    from data.population import load_population, load_province_population, population_of_year
    from data.reports import (
        counts_without_province,
        load_all_offences,
        load_article_figures,
        load_breakdowns,
        load_complaints,
        load_crosswalk,
        load_department_figures,
        load_national_figures,
        load_police_counts,
        load_region_counts,
        load_related_offences,
        load_series,
        load_yearly_counts,
    )

_MODULES = ("catalogue", "context", "geography", "periods", "population", "reports")

__all__ = [
    "PERIODS",
    "REGISTRIES",
    "Period",
    "Registry",
    "Step",
    "counts_without_province",
    "load_all_offences",
    "load_article_figures",
    "load_breakdowns",
    "load_complaints",
    "load_crosswalk",
    "load_denominator_mismatch",
    "load_department_figures",
    "load_departments",
    "load_jurisdiction_moves",
    "load_known_connections",
    "load_lakes",
    "load_mining_by_department",
    "load_mining_by_district",
    "load_mining_cells",
    "load_mining_suspects",
    "load_mining_zones",
    "load_named_places",
    "load_national_figures",
    "load_neighbours",
    "load_package",
    "load_places",
    "load_police_counts",
    "load_population",
    "load_province_population",
    "load_provinces",
    "load_region_counts",
    "load_related_offences",
    "load_rivers",
    "load_route_waypoints",
    "load_routes",
    "load_series",
    "load_services",
    "load_table",
    "load_towns",
    "load_travel_speeds",
    "load_yearly_counts",
    "mining_span",
    "parse_period",
    "population_of_year",
    "resource_names",
    "steps_of",
]


def __getattr__(name: str) -> Any:
    """Import what a name needs when it is asked for: most uploads are judged without pandas."""
    if name in __all__:
        for module in _MODULES:
            found = import_module(f"data.{module}")
            if name in vars(found):
                return vars(found)[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
