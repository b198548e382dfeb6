"""The figures and the geography, checked against their catalogue on every load."""

from data.catalogue import load_package, load_table, resource_names
from data.complaints import (
    load_all_offences,
    load_complaints,
    load_crosswalk,
    load_incomplete_complaints,
    load_related_offences,
)
from data.context import load_lakes, load_neighbours, load_rivers
from data.departments import (
    load_denominator_mismatch,
    load_departments,
    load_jurisdiction_moves,
)
from data.mining_areas import load_mining_by_district, load_mining_suspects
from data.mining_cells import load_mining_by_department, load_mining_cells, mining_span
from data.mining_zones import load_mining_zones
from data.named_places import load_named_places
from data.national_figures import (
    load_article_figures,
    load_article_regions,
    load_breakdowns,
    load_department_figures,
    load_national_figures,
    load_official_files,
)
from data.periods import PERIODS, Period, parse_period
from data.places import load_places, load_towns
from data.population import load_population, load_province_population, population_of_year
from data.region_counts import load_region_counts, load_yearly_counts
from data.routes import load_route_waypoints, load_routes
from data.services import load_services

__all__ = [
    "PERIODS",
    "Period",
    "load_all_offences",
    "load_article_figures",
    "load_article_regions",
    "load_breakdowns",
    "load_complaints",
    "load_crosswalk",
    "load_denominator_mismatch",
    "load_department_figures",
    "load_departments",
    "load_incomplete_complaints",
    "load_jurisdiction_moves",
    "load_lakes",
    "load_mining_by_department",
    "load_mining_by_district",
    "load_mining_cells",
    "load_mining_suspects",
    "load_mining_zones",
    "load_named_places",
    "load_national_figures",
    "load_neighbours",
    "load_official_files",
    "load_package",
    "load_places",
    "load_population",
    "load_province_population",
    "load_region_counts",
    "load_related_offences",
    "load_rivers",
    "load_route_waypoints",
    "load_routes",
    "load_services",
    "load_table",
    "load_towns",
    "load_yearly_counts",
    "mining_span",
    "parse_period",
    "population_of_year",
    "resource_names",
]
