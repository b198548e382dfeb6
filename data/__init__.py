"""The figures and the geography, checked against their catalogue."""

# ruff: noqa: F401 - names for those who import from here; they are loaded when asked for

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
        load_series,
        load_yearly_counts,
    )

_MODULES = ("catalogue", "context", "geography", "periods", "population", "reports")


def __getattr__(name: str) -> Any:
    """Import what a name needs when it is asked for: most uploads are judged without pandas."""
    for module in () if name.startswith("_") else _MODULES:
        names = vars(import_module(f"data.{module}"))
        if name in names:
            return names[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def loaders() -> list[str]:
    """Names of the loaders that need no more than a folder, or have their options in validation."""
    names = {name for one in _MODULES for name in vars(import_module(f"data.{one}"))}
    of_more = {"load_areas", "load_features"}
    return sorted(name for name in names - of_more if name.startswith("load_"))
