"""What the program says, written into a folder, so that a rebuild can be held against it.

    python -m studies.record write FOLDER     # commands, files, API, public tree, pages
    python -m studies.record compare A B      # what differs; versions are masked

Nothing of it is committed: it is recorded before a rebuild and compared after each step.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops

from studies.benchmarks.browser import ROOT, chromium, served, wait_for

PERIODS = ("2007-01/2014-04", "2019", "2020", "2021", "2022", "2023", "2019+2021+2023")
MASKED = re.compile(
    rb"v=[0-9a-f]{8,}|[0-9a-f]{64}|[0-9a-f]{40}|\d{4}-\d\d-\d\dT[\d:.]+Z?|/tmp/\S+?/"
)
"""versions, hashes, times and folders: what may differ between two states of one program"""
PAGES = {
    "mapa": "/?lang={lang}&period=2023&measure=smr&dep=17",
    "mapa-capas": "/?lang={lang}&period=2019&measure=rate&layers=mining-zones-routes-places",
    "densidad": "/?lang={lang}&period=2023&measure=count&layers=density&bw=40",
    "provincias": "/?lang={lang}&level=provinces&area=people",
    "focos": "/focos?lang={lang}&period=2023&dep=16",
    "cifras": "/cifras?lang={lang}",
    "planificador": "/planificador?lang={lang}",
    "mis-datos": "/mis-datos?lang={lang}",
    "vista-publica": "/vista-publica?lang={lang}",
    "metodo": "/metodo?lang={lang}",
}


def commands() -> dict[str, list[str]]:
    """Every command line whose answer is kept, by name; {out} is a file of its own."""
    asked: dict[str, list[str]] = {}
    for period in PERIODS:
        code = period.replace("/", "_")
        for base in ("people", "offences"):
            for form in ("json", "csv", "table"):
                asked[f"regions-{code}-{base}.{form}"] = [
                    *("regions", "--period", period, "--base", base, "--format", form)
                ]
        for lens in ("scan", "moran", "gistar"):
            asked[f"hotspots-{code}-{lens}.json"] = [
                *("hotspots", "--period", period, "--lens", lens),
                *("--seed", "1", "--replicas", "999", "--format", "json"),
            ]
        asked[f"geojson-{code}.geojson"] = ["geojson", "--period", period, "--out", "{out}"]
        asked[f"map-{code}.html"] = [
            "map",
            "--period",
            period,
            "--measure",
            "smr",
            "--out",
            "{out}",
        ]
        for suffix in ("png", "svg"):
            asked[f"picture-{code}.{suffix}"] = [
                *("picture", "--period", period, "--measure", "smr", "--lang", "es"),
                *("--out", "{out}"),
            ]
    for before, after in (("2019", "2021"), ("2021", "2023"), ("2007-01/2014-04", "2023")):
        asked[f"change-{before[:4]}-{after}.json"] = [
            *("change", "--from", before, "--to", after, "--format", "json")
        ]
    asked["level.json"] = ["level", "--format", "json"]
    for lang in ("es", "en"):
        for department in ("15", "16", "17"):
            asked[f"brief-{department}-{lang}.pdf"] = [
                *("brief", "--department", department, "--lang", lang, "--out", "{out}")
            ]
    for measure in ("count", "rate", "verdict"):
        asked[f"picture-{measure}-en.png"] = [
            *("picture", "--period", "2023", "--measure", measure, "--lang", "en", "--out", "{out}")
        ]
    for kernel in ("gaussian", "quartic"):
        for cell in ("1", "5"):
            asked[f"density-{kernel}-{cell}.tif"] = [
                *("density", "--period", "2023", "--bandwidth-km", "40", "--cell-km", cell),
                *("--kernel", kernel, "--out", "{out}"),
            ]
    for model in ("mclp", "pmedian", "lscp", "pcenter"):
        number = [] if model == "lscp" else ["--sites", "6"]
        for suffix in ("geojson", "csv", "gpx", "gpkg"):
            asked[f"sites-{model}.{suffix}"] = [
                *("sites", "--demand", "complaints:2023", "--model", model, *number),
                *("--radius-km", "100", "--resamples", "20", "--seed", "1", "--format", "json"),
                *("--out", "{out}"),
            ]
    asked["sites-capacity.geojson"] = [
        *("sites", "--sites", "6", "--capacity", "250", "--resamples", "0", "--out", "{out}")
    ]
    for form in ("csv", "xlsx"):
        asked[f"template.{form}"] = ["records", "template", "--out", "{out}"]
        asked[f"sample.{form}"] = ["records", "sample", "--out", "{out}"]
    asked["catalogue"] = ["catalogue", "check"]
    asked["refresh-list"] = ["refresh", "--list"]
    shared = ROOT.parent / "shared" / "external"
    for name, source in {
        "complaints": shared / "mpfn" / "2023.csv",
        "boundaries": shared / "boundaries" / "peru_provincial_simple.geojson",
        "mining": shared / "mining" / "amw_peru_new_mining_2018_2025Q4.geojson",
    }.items():
        if source.exists():
            asked[f"refresh-{name}"] = ["refresh", name, "--source", str(source)]
    return asked


def record_commands(folder: Path) -> None:
    """Run every command; keep what it wrote, printed and said, and its exit code."""
    folder.mkdir(parents=True)

    def run(item: tuple[str, list[str]]) -> None:
        name, words = item
        with tempfile.TemporaryDirectory() as private:
            out = Path(private) / name.replace("+", "_")
            line = [word.replace("{out}", str(out)) for word in words]
            done = subprocess.run([sys.executable, "cli.py", *line], cwd=ROOT, capture_output=True)
            if out.is_file():
                (folder / name).write_bytes(out.read_bytes())
        said = b"exit %d\n%s\n--\n%s" % (done.returncode, done.stdout, done.stderr)
        (folder / f"{name}.said").write_bytes(said)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, commands().items()))
    sample = folder / "sample.csv"
    for form in ("text", "json"):
        line = [sys.executable, "cli.py", "records", "check", str(sample), "--format", form]
        done = subprocess.run(line, cwd=ROOT, capture_output=True)
        (folder / f"records-check.{form}").write_bytes(done.stdout + done.stderr)


def record_public(folder: Path) -> None:
    """The public tree, and every answer of the API as the public tier gives it."""
    tree = folder / "tree"
    line = [sys.executable, "cli.py", "public", "--out", str(tree)]
    subprocess.run([*line, "--base-url", "https://example.org/trata/"], cwd=ROOT, check=True)
    answers = folder / "api"
    answers.mkdir(parents=True)
    with served("public") as (address, _):
        wait_for(address)
        described = _get(f"{address}/api/v1/openapi.json")
        (answers / "openapi.json").write_bytes(described)
        for path in json.loads(described)["paths"]:
            for period in ("", *(f"?period={one.replace('+', '%2B')}" for one in PERIODS)):
                name = re.sub(r"\W+", "-", f"{path}{period}")
                (answers / name).write_bytes(_get(address + path + period))


def _get(address: str) -> bytes:
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return b"%d %s" % (error.code, error.read())


def record_pages(folder: Path) -> None:
    """A picture of every page in two languages, two themes and three widths; every layer."""
    (folder / "layers").mkdir(parents=True)
    with served("ngo") as (address, _), chromium() as browser:
        wait_for(address)
        for name, link in PAGES.items():
            for lang in ("es", "en"):
                for theme in ("light", "dark"):
                    for width in (320, 390, 1280):
                        if theme == "dark" and width == 320:
                            continue
                        context = browser.new_context(
                            viewport={"width": width, "height": 900}, color_scheme=theme
                        )
                        page = context.new_page()
                        page.on("response", lambda answer: _keep_layer(answer, folder / "layers"))
                        page.goto(address + link.format(lang=lang))
                        page.wait_for_selector("footer.help", timeout=60_000)
                        page.wait_for_load_state("networkidle")
                        page.wait_for_timeout(1500)
                        shot = folder / f"{name}-{lang}-{theme}-{width}.png"
                        page.screenshot(path=shot, full_page=True)
                        text = page.locator("body").inner_text()
                        shot.with_suffix(".txt").write_text(text, "utf-8")
                        context.close()


def _keep_layer(answer: object, folder: Path) -> None:
    url = answer.url  # type: ignore[attr-defined]
    if "/layers/" in url:
        name = re.sub(r"\W+", "-", re.sub(r"&?v=[0-9a-f]+", "", url.split("/layers/")[1]))
        (folder / name[:120]).write_bytes(answer.body())  # type: ignore[attr-defined]


def compare(before: Path, after: Path) -> int:
    """Print every file that differs once versions are masked; the number of them."""
    names = sorted(
        {
            str(p.relative_to(root))
            for root in (before, after)
            for p in root.rglob("*")
            if p.is_file()
        }
    )
    differ = 0
    for name in names:
        old, new = before / name, after / name
        if not (old.exists() and new.exists()):
            said = "only before" if old.exists() else "only after"
        else:
            said = _difference(name, old, new)
        if said:
            differ += 1
            print(f"{name}: {said}")
    print(f"{differ} of {len(names)} differ", file=sys.stderr)
    return differ


def _difference(name: str, old: Path, new: Path) -> str:
    first, second = old.read_bytes(), new.read_bytes()
    if first == second or MASKED.sub(b"#", first) == MASKED.sub(b"#", second):
        return ""
    if name.endswith(".tif"):
        import rasterio

        with rasterio.open(old) as a, rasterio.open(new) as b:
            left, right = (np.nan_to_num(one.read(1)) for one in (a, b))
        return f"differs by {np.abs(left - right).max() / left.max():.1e} of the peak"
    if name.endswith(".png"):
        with Image.open(old) as a, Image.open(new) as b:
            if a.size != b.size:
                return f"size {a.size} was, {b.size} is"
            box = ImageChops.difference(a.convert("RGB"), b.convert("RGB")).getbbox()
            return f"pixels differ inside {box}" if box else ""
    if name.endswith(".pdf"):
        texts = [
            subprocess.run(["pdftotext", "-layout", one, "-"], capture_output=True).stdout
            for one in (old, new)
        ]
        return "text of the PDF differs" if texts[0] != texts[1] else ""
    return f"{len(first)} bytes were, {len(second)} are"


if __name__ == "__main__":
    os.chdir(ROOT)
    if sys.argv[1] == "compare":
        sys.exit(bool(compare(Path(sys.argv[2]), Path(sys.argv[3]))))
    target = Path(sys.argv[2])
    record_commands(target / "cli")
    record_public(target / "public")
    record_pages(target / "pages")
