"""What a recording asks for: command lines, addresses, links of pages."""

from __future__ import annotations

import csv
import os
from itertools import product
from pathlib import Path
from urllib.parse import quote

from studies.benchmarks.browser import ROOT

FROZEN = ROOT / "tests" / "frozen"
EXTERNAL = Path(os.environ.get("ATLAS_EXTERNAL") or ROOT.parent / "shared" / "external")
"""files of publishers, which the repository does not hold; without them their refreshes are left
out"""
YEARS = {
    "mpfn": ("2019", "2020", "2021", "2022", "2023", "2025-01/2025-11", "2019+2021+2023"),
    "observatory": ("2007-01/2014-04",),
    "police": ("2017", "2020", "2022", "2024", "2017/2022", "2024-03/2024-08", "2025-01/2025-09"),
}
SPANS = [(registry, period) for registry, periods in YEARS.items() for period in periods]
LANGS = ("es", "en")
MEASURES = ("count", "rate", "smr", "verdict")
AREA_MEASURES = ("people", "per_km2", "mined", *MEASURES)
DEPARTMENTS = tuple(f"{code:02d}" for code in range(1, 26))
OVERLAYS = ("density", "mining", "zones", "routes", "places", "services")
MODELS = ("mclp", "pmedian")
ADDRESS = "https://example.org"
"""of an atlas that links lead to"""
PROVINCES = ("0101", "0801", "1501", "1701", "2504")
"""with the capital of a department, Lima's own, and one without reports"""
QUICK = "--resamples 10 --time-limit 600"
"""every search comes to its end, also on a busy machine"""


def commands() -> list[str]:
    """Return the command lines to record; {out} is a new file, {in} the folder of inputs."""
    return [*dict.fromkeys([*_figures(), *_pictures(), *_plans(), *_own_files(), *_refused()])]


def _figures() -> list[str]:
    asked = []
    for registry, period in SPANS:
        of = f"--registry {registry} --period {period}"
        bases = ("people", "offences") if registry == "mpfn" else ("people",)
        asked += [f"regions {of} --base {base} --format json" for base in bases]
        asked.append(f"hotspots {of} --lens excess --format json")
        asked.append(f"hotspots {of} --lens gistar --replicas 999 --format json")
    for period, form in product(("2023", "2007-01/2014-04"), ("csv", "table")):
        asked += [f"regions --period {period} --base people --format {form}"]
    for period, form in product(("2022", "2017/2022"), ("json", "csv", "table")):
        asked.append(
            f"regions --registry police --level provinces --period {period} --format {form}"
        )
    for lens, form in product(("excess", "scan", "gistar"), ("json", "table")):
        asked.append(
            f"hotspots --period 2023 --lens {lens} --seed 2 --replicas 999 --format {form}"
        )
    for lens in ("excess", "scan", "gistar"):
        of = "--registry police --level provinces --period 2022"
        asked.append(f"hotspots {of} --lens {lens} --replicas 999 --format json")
    for registry, step in product(YEARS, ("year", "half", "quarter", "month")):
        asked.append(f"series --registry {registry} --step {step} --format json")
    for form in ("json", "csv", "table"):
        asked.append(f"series --registry police --department 17 --step quarter --format {form}")
        asked += [f"change --from 2021 --to 2023 --format {form}"]
        asked += [f"level --registry {registry} --format {form}" for registry in ("mpfn", "police")]
    for ends in ("--from 2019 --to 2021", "--registry police --from 2018 --to 2024"):
        asked.append(f"change {ends} --format json")
    for form, lang in product(("json", "csv", "text"), LANGS):
        asked.append(f"profile --format {form} --lang {lang}")
        asked.append(f"profile --period 2019/2022 --department 15 --format {form} --lang {lang}")
    for code in DEPARTMENTS:
        asked.append(f"department --department {code} --out {{out}}.csv")
    for beside, form in product(
        ("--departments 17,08,21", "--neighbours 17", "--like 17"), ("json", "csv", "table")
    ):
        asked.append(f"compare {beside} --format {form}")
    asked += [f"compare --departments 09,15 --period {period}" for period in ("2024", "2019/2022")]
    where = ("smr>=2", "smr>=2 --where residents>300000", "verdict=above", "centres=0")
    for of, condition in product(("", "--level provinces", "--period 2022"), where):
        asked.append(f"areas {of} --where {condition} --format json".replace("  ", " "))
    asked += [f"areas --format {form}" for form in ("json", "csv", "table")]
    address = "--lang en --address https://example.org"
    asked.append(f"department --department 17 {address} --out {{out}}.csv")
    for period, base in product(("2023", "2019+2021+2023"), ("people", "offences")):
        asked.append(f"geojson --period {period} --base {base} --out {{out}}.geojson")
    return [*asked, "geojson --period 2007-01/2014-04 --out {out}.geojson", "catalogue check"]


def _pictures() -> list[str]:
    asked = []
    for measure, lang in product(MEASURES, LANGS):
        asked.append(f"map --period 2023 --measure {measure} --lang {lang} --out {{out}}.html")
        of = f"picture --period 2023 --measure {measure} --lang {lang}"
        asked += [f"{of} --out {{out}}.{suffix}" for suffix in ("svg", "png")]
    for shape, suffix, lang in product(("page", "wide", "tall"), ("svg", "png"), LANGS):
        of = f"picture --shape {shape} --lang {lang} --department 17 --address https://example.org"
        asked.append(f"{of} --out {{out}}.{suffix}")
        layers = "--layers mining-routes-places-density --isopleths"
        asked.append(f"picture --shape {shape} --lang {lang} {layers} --out {{out}}.{suffix}")
    for measure in AREA_MEASURES:
        of = f"--level provinces --registry police --period 2017/2022 --measure {measure}"
        asked += [f"picture {of} --shape wide --out {{out}}.{suffix}" for suffix in ("svg", "png")]
        asked.append(f"map {of} --out {{out}}.html")
    for registry, period in SPANS:
        of = f"--registry {registry} --period {period}"
        asked.append(f"picture {of} --layers none --out {{out}}.svg")
        asked.append(f"brief --department 17 {of} --pages 2 --out {{out}}.pdf")
    for base in ("people", "offences"):
        asked.append(f"picture --period 2023 --base {base} --measure verdict --out {{out}}.svg")
    for code, lang, pages in product(("08", "15", "16", "19", "24"), LANGS, (1, 2)):
        of = f"--department {code} --lang {lang} --pages {pages} --address https://example.org"
        asked.append(f"brief {of} --out {{out}}.pdf")
    for code, lang in product(PROVINCES, LANGS):
        of = f"--province {code} --lang {lang} --address {ADDRESS}"
        asked.append(f"brief {of} --out {{out}}.pdf")
        asked.append(f"brief {of} --period 2017/2022 --pages 2 --out {{out}}.pdf")
    asked.append("brief --department 17 --base offences --beside alike --pages 2 --out {out}.pdf")
    for lang in LANGS:
        of = f"bundle --lang {lang}"
        asked.append(f"{of} --period 2023 --department 17 --address {ADDRESS} --out {{out}}.zip")
        asked.append(f"{of} --period 2023 --base offences --where smr>=2 --out {{out}}.zip")
        asked.append(f"{of} --period 2022 --second registry:police,period:2022 --out {{out}}.zip")
        provinces = "--level provinces --registry police --period 2022"
        asked.append(f"{of} {provinces} --layers mining --out {{out}}.zip")
    for kernel, cell, bandwidth in product(("gaussian", "quartic"), (2, 5), ("20", "40", "auto")):
        of = f"--bandwidth-km {bandwidth} --cell-km {cell} --kernel {kernel}"
        asked.append(f"density --period 2023 {of} --out {{out}}.tif")
    asked.append("density --registry police --period 2017/2022 --out {out}.tif")
    asked.append("density --period 2023 --evidence-share 0.5 --out {out}.tif")
    for more in ("", "--ungated", "--ungated --by-department", "--weight cases"):
        asked.append(
            f"density --points {{in}}/points.csv --bandwidth-km 20 {more} --out {{out}}.tif"
        )
    return asked


def _plans() -> list[str]:
    of = f"sites --demand complaints:2023 --radius-km 100 {QUICK}"
    asked = []
    for model in MODELS:
        number = "--sites 5"
        for suffix, form in (
            ("geojson", "json"),
            ("csv", "table"),
            ("gpx", "json"),
            ("plan.zip", "json"),
            ("xlsx", "json"),
        ):
            asked.append(f"{of} --model {model} {number} --format {form} --out {{out}}.{suffix}")
        words = "csv" if model == "mclp" else "gpx"
        asked.append(f"{of} --model {model} {number} --lang es --out {{out}}.{words}")
    for demand in ("mining", "population", "complaints:2019+2021+2023"):
        asked.append(f"sites --demand {demand} --sites 4 {QUICK} --out {{out}}.geojson")
    conditions = (
        *("--capacity 120", "--max-worst 1500"),
        *("--second backup --radius-km 150", "--must 160101 --without 150101"),
        *("--services listed", "--cover-departments 09,24", "--candidates districts"),
        "--sites 16 --radius-km 300 --min-department-share 0.05",
        "--team-cost 120000 --budget 500000",
        "--candidates tests/frozen/plans/candidatos.csv",
        "--exclude tests/frozen/plans/zonas.csv --buffer-km 5",
        "--travel-times {in}/times.csv --radius-minutes 240 --team-cost 9000",
    )
    for condition in conditions:
        line = of.replace("--radius-km 100 ", "") if "radius" in condition else of
        asked.append(f"{line} --sites 5 {condition} --out {{out}}.geojson")
    asked.append(f"{of} --team-cost 120000 --budget 500000 --lang es --out {{out}}.geojson")
    for name in ("plan.geojson", "plan.gpkg", "plan.csv", "plan.gpx"):
        asked.append(f"sites --plan tests/frozen/plans/{name} --format json --out {{out}}.geojson")
    ways = "travel-times --network {in}/roads.osm"
    for season in ("dry", "rainy"):
        asked.append(f"{ways} --season {season} --max-minutes 600 --out {{out}}.csv")
    asked.append(f"{ways} --from {{in}}/places.csv --to {{in}}/places.csv")
    asked.append(f"{ways} --exclude tests/frozen/plans/zonas.csv --snap-km 2 --to candidates")
    return asked


def _own_files() -> list[str]:
    asked = []
    for what, suffix, lang in product(("template", "sample"), ("csv", "xlsx"), LANGS):
        asked.append(f"records {what} --lang {lang} --out {{out}}.{suffix}")
    records = "tests/frozen/records"
    files = ("{in}/sample.csv", "{in}/sample.xlsx", f"{records}/casos.csv", "{in}/points.csv")
    for file, lang, form in product(files, LANGS, ("text", "json")):
        asked.append(f"records check {file} --lang {lang} --format {form}")
    check = f"records check {records}/casos.csv --mapping {records}/mapa.json"
    for lang in LANGS:
        asked.append(f"{check} --lang {lang} --format json --left-out {{out}}.csv")
        asked.append(
            f"records check {records}/casos.csv --lang {lang} --write-mapping {{out}}.json"
        )
    sources = {
        "complaints": "mpfn/2023.csv",
        "police": "police/DataSet_trata_personas_enero2017_septiembre2025.xlsx",
        "mining": "mining/amw_peru_new_mining_2018_2025Q4.geojson",
    }
    for name, source in sources.items():
        if (EXTERNAL / source).exists():
            asked.append(f"refresh {name} {EXTERNAL / source} --check")
    return asked


def _refused() -> list[str]:
    """Command lines that end with one line and exit code 2, and the help of every command."""
    groups: dict[str, tuple[str, ...]] = {
        "records": ("check", "template", "sample"),
        "catalogue": ("check",),
    }
    groups["refresh"] = ("complaints", "police", "mining")
    plain = "map regions series department hotspots change level density profile picture geojson"
    plain += " areas compare bundle"
    names = [*plain.split(), "brief", "sites", "travel-times", "public", *groups]
    names += [f"{group} {name}" for group, members in groups.items() for name in members]
    asked = ["", "--help", "evil", *(f"{name} --help" for name in names), *plain.split()]
    asked += [
        *("regions --period 1900", "regions --base evil", "regions --format evil"),
        *("regions --registry evil", "regions --level provinces", "regions --level evil"),
        *(
            "regions --registry police --period 2016",
            "regions --period 2007-01/2014-04 --base offences",
        ),
        *("hotspots --lens evil", "hotspots --replicas 5", "hotspots --seed x", "series"),
        *("series --registry police --step week", "series --registry police --department 99"),
        *("change --from 2023 --to 2021", "change --from 2021 --to 2021", "level --registry evil"),
        *(
            "change --from 2007-01/2014-04 --to 2023",
            "profile --registry mpfn",
            "profile --lang fr",
        ),
        *("picture --out {out}.jpg", "picture --shape evil --out {out}.png"),
        *("picture --layers evil --out {out}.png", "picture --width-px 5 --out {out}.png"),
        *("map --level districts --out {out}.html", "map --measure evil --out {out}.html"),
        *(
            "brief --department 99 --out {out}.pdf",
            "brief --department 17 --pages 3 --out {out}.pdf",
        ),
        *("compare --departments 17", "compare --departments 17 --like 17", "compare --like 17,08"),
        *("compare --departments 17,08 --period 1900", "areas --where evil", "areas --level evil"),
        *("bundle --level provinces --measure people --out {out}.zip", "bundle --out {out}.pdf"),
        *("brief --out {out}.pdf", "brief --province 9999 --out {out}.pdf"),
        *("brief --department 17 --out {out}.png", "brief --province 1701 --period 2024"),
        *("density --cell-km 0 --out {out}.tif", "density --kernel evil --out {out}.tif"),
        *("density --points no.csv --out {out}.tif", "geojson --period x --out {out}.geojson"),
        *("records check no.csv", "records check . --lang es", "records sample --out {out}.ods"),
        *("records check tests/frozen/records/casos.csv --mapping README.md", "refresh evil"),
        *(
            "refresh complaints no.csv",
            "refresh complaints no.csv --check",
            "catalogue check --folder no",
        ),
        *("refresh complaints README.md --check", "public --out {out} --measure evil"),
        *("public --out {out} --base-url evil", "travel-times --network README.md"),
    ]
    wrong = (
        *("--demand evil", "--demand complaints:1900", "--sites 0", "--sites x", "--model evil"),
        *("--radius-km 0", "--radius-minutes 60"),
        *("--buffer-km 5", "--services no.csv", "--candidates no.csv"),
        *("--must 999999", "--must Iquitos --without Iquitos", "--capacity 0"),
        *(
            "--min-department-share 2",
            "--model pmedian --capacity 5",
            "--max-worst 1",
        ),
        *("--cover-departments 99", "--second evil", "--time-limit 0"),
        *("--team-cost -1", "--budget 1", "--format evil", "--out {out}.txt"),
        *("--exclude README.md", "--travel-times README.md"),
        "--min-department-share 0.9",
    )
    asked += [f"sites {QUICK} {words} --lang {lang}" for words, lang in product(wrong, LANGS)]
    alone = ("--again", "--plan README.md", "--plan no.geojson", "--plan {plan} --sites 3")
    plan = "tests/frozen/plans/plan.geojson"
    asked += [
        f"sites {words.replace('{plan}', plan)} --lang {lang}"
        for words, lang in product(alone, LANGS)
    ]
    return asked


REFRESHED = (
    *("refresh complaints {in}/2021.csv --out {in}/folder --format csv", "catalogue check"),
    *("regions --period 2021 --format json", "series --registry mpfn --format json"),
    "picture --period 2021 --out {out}.svg",
)
"""asked one after the other, with the folder that the first writes"""


def layer_addresses() -> list[str]:
    """Every layer of the map that a link can ask for."""
    asked = []
    for lang in LANGS:
        for registry, period in SPANS:
            of = f"lang={lang}&registry={registry}&period={quote(period, safe='')}"
            for measure in MEASURES:
                asked.append(f"/layers/regions.js?{of}&measure={measure}")
                if registry == "mpfn" and measure in ("smr", "verdict"):
                    asked.append(f"/layers/regions.js?{of}&measure={measure}&base=offences")
                if registry == "police" and period in ("2022", "2017/2022"):
                    asked.append(f"/layers/areas.js?{of}&level=provinces&area={measure}")
            for bandwidth in ("20", "40", "80") if lang == "es" else ("40",):
                asked.append(f"/layers/density.js?{of}&bw={bandwidth}")
        for area in ("people", "per_km2", "mined"):
            asked.append(f"/layers/areas.js?lang={lang}&level=provinces&area={area}")
        plain = ("departments", *OVERLAYS[1:], "names", "evil")
        asked += [f"/layers/{key}.js?lang={lang}" for key in plain]
        asked.append(f"/map/places.json?lang={lang}")
    return [
        *asked,
        "/map/frame",
        "/layers/regions.js?period=1900",
        "/layers/areas.js?level=districts",
    ]


def public_addresses() -> list[str]:
    """Every answer of the API, and the public page of each period, measure and language."""
    api = "/api/v1"
    asked = [f"{api}/{name}.json" for name in ("openapi", "meta", "level", "series", "profile")]
    asked += [f"{api}/{name}.{form}" for name in ("mining", "services") for form in ("json", "csv")]
    for registry, period in SPANS:
        of = f"registry={registry}&period={quote(period, safe='')}"
        for base, form in product(("people", "offences"), ("json", "csv")):
            asked.append(f"{api}/regions.{form}?{of}&base={base}")
        for lens in ("scan", "gistar") if registry != "police" else ("gistar",):
            asked.append(f"{api}/hotspots.json?{of}&lens={lens}")
        asked.append(f"{api}/profile.json?{of}")
        who = "" if registry != "police" else "registry=police&"
        for lang, measure, view in product(LANGS, ("rate", "verdict"), ("", "/compact")):
            asked.append(f"/public/{lang}{view}?{who}period={quote(period)}&measure={measure}")
    for period in (*map(str, range(2017, 2023)), "2017/2022"):
        of = f"registry=police&level=provinces&period={period}"
        asked += [f"{api}/regions.{form}?{of}" for form in ("json", "csv")]
        asked.append(f"{api}/hotspots.json?{of}&lens=gistar")
    for registry, step in product(YEARS, ("year", "half", "quarter", "month")):
        asked.append(f"{api}/series.json?registry={registry}&step={step}")
    for code in DEPARTMENTS:
        asked.append(f"{api}/series.json?registry=police&department={code}&step=month")
        asked.append(f"{api}/profile.json?department={code}")
    for ends in ("from=2019&to=2021", "from=2021&to=2023", "from=2018&to=2024&registry=police"):
        asked.append(f"{api}/change.json?{ends}")
    for path in ("change.json", "change.json?from=2023&to=2021"):
        asked.append(f"{api}/{path}")
    for name in ("regions.json", "regions.csv", "series.json", "profile.json", "hotspots.json"):
        wrong = ("period=1900", "base=evil", "registry=evil", "level=evil", "department=99")
        asked += [
            f"{api}/{name}?{parameter}"
            for parameter in (*wrong, "lens=evil", "step=evil", "evil=1")
        ]
    for lang in LANGS:
        asked += [f"/public/{lang}", f"/public/card/{lang}.png"]
        asked.append(f"/public/oembed.json?url=http%3A//127.0.0.1/public/{lang}")
    return [*asked, "/", "/public", "/public/evil", "/public/es?period=1900", "/healthz", "/evil"]


def page_links() -> list[str]:
    """The links of tests/frozen that are pages of the dashboard, cards of provinces, own data."""
    rows = csv.DictReader((FROZEN / "links.csv").read_text(encoding="utf-8").splitlines())
    links = [row["link"] for row in rows if not row["link"].startswith(("/api/", "/public/"))]
    of = "/?lang=es&registry=police&measure=smr&layers=none&level=provinces&area=smr"
    links += [f"{of}&period={period}&prov={code}" for period, code in product(("2022",), PROVINCES)]
    links.append("/?lang=es&period=2023&measure=smr&layers=none&dep=17&prov=1701")
    links.append("/?lang=es&period=2023&layers=none&dep=17&open=compare&beside=08-21")
    return [*links, "/mis-datos?lang=es", "/evil?lang=es"]
