"""How the atlas is cited, and the numbers of its notebook."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

import cli
from atlas.results.hotspots import SCAN_REPLICAS, scan_table
from atlas.results.regions import results_for
from atlas.version import RELEASE
from data.catalogue import load_package
from data.periods import parse_period

ROOT = Path(__file__).resolve().parents[1]
REQUIRED = {"cff-version", "message", "title", "authors"}
ALLOWED = REQUIRED | {
    *("abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords"),
    *("license", "license-url", "preferred-citation", "references", "repository"),
    *("repository-artifact", "repository-code", "type", "url", "version"),
}
"""keys of the Citation File Format 1.2.0, and those without which it is none"""
ENTITY = {"name", "address", "alias", "city", "country", "email", "orcid", "website"}


def test_the_citation_file_is_one_of_its_format_and_of_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert REQUIRED <= set(cited) <= ALLOWED
    assert cited["cff-version"] == "1.2.0"
    assert cited["type"] in ("software", "dataset")
    works = [cited, *cited["references"]]
    for author in (author for work in works for author in work["authors"]):
        assert "name" in author
        assert set(author) <= ENTITY
    dataset, outlines = cited["references"]
    assert {"type", "title", "authors"} <= {*dataset} & {*outlines}
    assert outlines["license"] == "CC-BY-SA-4.0"
    assert (cited["version"], dataset["version"]) == (RELEASE, load_package()["version"])
    assert dataset["title"] == load_package()["title"]


@pytest.mark.slow
def test_the_notebook_gives_the_numbers_of_the_atlas():
    book = json.loads((ROOT / "docs" / "reproduce.ipynb").read_text(encoding="utf-8"))
    cells = [cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}
    before = Path.cwd()
    os.chdir(ROOT / "docs")
    try:
        for cell in cells:
            exec("".join(cell), names)
    finally:
        os.chdir(before)
    period = parse_period("2023")
    row = results_for(period).set_index("department_ubigeo").loc["17"]
    assert names["result"].ratio[names["at"]] == pytest.approx(row["smr"])
    assert (names["ratio"], str(row["verdict"])) == (11.4, "above")
    scan = scan_table(period, seed=1, replicas=SCAN_REPLICAS).iloc[0]
    first = names["clusters"][0]
    assert (list(first.codes), first.p_value) == (scan["departments"], scan["p_value"])
    assert (
        names["total"]
        == names["counts"]["2023"].sum()
        == results_for(period)["reported_count"].sum()
    )
    options = "--demand complaints:2023 --sites 8 --model mclp --radius-km 75 --resamples 0"
    options += " --candidates districts"
    plan = CliRunner().invoke(cli.app, ["sites", *options.split(), "--format", "json"])
    assert names["plan"].objective == pytest.approx(json.loads(plan.stdout)["objective"], abs=1e-6)


def test_every_package_that_is_installed_has_its_licence():
    table = _text("docs/licences.md").split("| licence | packages |")[1].split("\n\n")[0]
    names = [name for row in table.splitlines()[2:] for name in row.split("|")[2].split(",")]
    listed = {name.split("(")[0].strip(" *"): name.startswith(" **") for name in names}
    locked = set(re.findall(r"^([a-z0-9._-]+)==", _text("requirements.lock"), flags=re.M))
    asked = set(re.findall(r"^([a-z0-9._-]+)[><=]", _text("requirements.txt").lower(), flags=re.M))
    assert locked <= set(listed)
    assert {name for name, is_asked in listed.items() if is_asked} == asked


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _anchors(path: Path) -> set[str]:
    """Anchors that the headings of a document have where it is shown."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_of_the_documents_leads_somewhere():
    broken = []
    for path in ROOT.rglob("*.md"):
        if {".venv", "build"} & set(path.relative_to(ROOT).parts):
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            file, _, anchor = target.partition("#")
            if "://" in file or file.startswith("mailto:"):
                continue
            goal = (path.parent / file).resolve() if file else path
            if not goal.exists() or (anchor and anchor not in _anchors(goal)):
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert broken == []
