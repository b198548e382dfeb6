"""Keeps what the atlas says of each area: cards and their folds, briefs, pictures, findings, files.

A server would be asked for 1,400 cards one by one: here the pages' own functions are called. Each
answer is a file of its own, in a folder of its outlet, so that a comparison counts by outlet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from studies.record.asked import ADDRESS, DEPARTMENTS, LANGS, MEASURES, SPANS

WORKERS = 2
OF_DEPARTMENTS = (
    *(("mpfn", "2023", "people"), ("mpfn", "2023", "offences")),
    *(("mpfn", "2025-01/2025-11", "people"), ("mpfn", "2022", "people")),
    *(("police", "2024", "people"), ("police", "2023", "people")),
)
OF_PROVINCES = (
    *(("police", "2022", "people"), ("police", "2017/2022", "people")),
    ("mpfn", "2023", "people"),
)
"""registry, period and base of the cards: also police years that prosecutors have, or not"""
Answer = tuple[str, str, str]
"""outlet, name of the file, content"""


def record_outlets(folder: Path, only: Collection[str] = ()) -> None:
    """Write what is said of every area and of every period, in both languages.

    ``only``: codes of the areas and periods to be written, where a few are enough.
    """
    from atlas.view import province_names

    areas = [area for area in (*DEPARTMENTS, *province_names()) if not only or area in only]
    spans = [span for span in SPANS if not only or span[1] in only]
    work = [partial(_of_area, area, lang) for lang in LANGS for area in areas]
    work += [partial(_of_period, *span, lang) for lang in LANGS for span in spans]
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        for _ in pool.map(partial(_write, folder), work, chunksize=8):
            pass


def _write(folder: Path, answers: Callable[[], Iterator[Answer]]) -> None:
    for outlet, name, content in answers():
        path = folder / outlet / f"{name.replace('/', '_')}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n", "utf-8")


def _values(values: Any) -> str:
    """Values of a template, one a line: the first that differs shows which it is."""
    return json.dumps(values, ensure_ascii=False, indent=1, default=str)


def _of_area(area: str, lang: str) -> Iterator[Answer]:
    from atlas.results.compare import NEIGHBOUR, compare_blocks, placed
    from atlas.results.department_file import area_csv
    from atlas.view import LEVELS, View
    from atlas.words import words
    from data.periods import parse_period

    say, is_department = words(lang), len(area) == 2
    yield "file", f"{area}-{lang}", area_csv(area, lang=lang, address=ADDRESS).decode("utf-8-sig")
    for registry, period, base in OF_DEPARTMENTS if is_department else OF_PROVINCES:
        view = View(
            lang=lang,
            period=parse_period(period, registry),
            base=base,
            department=area[:2],
            province=None if is_department else area,
            level=LEVELS[0] if is_department else LEVELS[1],
            area_measure="smr",
        )
        name = f"{area}-{registry}-{period}-{base}-{lang}"
        for outlet, content in _of_view(view, say):
            yield outlet, name, content
    if is_department:
        blocks = compare_blocks(placed(NEIGHBOUR, [area]), view, say)
        yield "compare", f"{area}-{lang}", _values([asdict(block) for block in blocks])


def _of_view(view: Any, say: Any) -> Iterator[tuple[str, str]]:
    from atlas.html import render
    from atlas.map import page_card
    from atlas.paper.brief import subject_of
    from atlas.paper.brief_document import brief_values
    from atlas.paper.picture import finding_title
    from atlas.results.finding import reasons
    from atlas.results.history import history
    from atlas.results.province import province_period
    from atlas.results.story import AreaStory

    area = view.province or view.department
    yield "card", page_card.card_html(view, say)
    story = AreaStory.of_view(view)
    parts = ("sure", "who", "routes", "sources")
    folds = [name for name in page_card.offered_folds(view) if name in parts]
    texts = [
        f"{name}: {page_card.fold_answer(view, story, name, say)}\n"
        f"{page_card.card_part(view, story, name, say)}"
        for name in folds
    ]
    yield "folds", "\n".join(texts)
    blocks = history(area, view.base, view.period, say)
    layout = {"caption": "", "first": "", "is_beside": False}
    yield "history", "\n".join(render("card_years", say, block=block, **layout) for block in blocks)
    measures = MEASURES if view.province is None else (*MEASURES, "people", "mined")
    field = "measure" if view.province is None else "area_measure"
    titles = {name: finding_title(view.changed(**{field: name}), say) for name in measures}
    yield "picture", _values(titles)
    yield "finding", page_card.finding(view, say)
    if view.province is None:
        yield "focos", _values(_reasons(reasons(story, say)))
    period = view.period if view.province is None else province_period(view.period)
    about_area = subject_of(area, period, say.lang, ADDRESS, {"base": view.base})
    values, picture = brief_values(about_area, 2)
    yield "brief", _values([values, picture.title, picture.subtitle, picture.source])


def _reasons(finding: Any) -> dict[str, Any]:
    names = ("finding", "question", "answer", "depends", "margin", "agreement", "cautions")
    return {name: getattr(finding, name) for name in names}


def _of_period(registry: str, period: str, lang: str) -> Iterator[Answer]:
    """The country's card and finding, the table beside the map, tooltips, labels, public page."""
    from atlas.drawing.areas import has_reports
    from atlas.drawing.overlays import layer_script_for
    from atlas.map.page_card import card_html
    from atlas.map.page_table import ranking_data
    from atlas.paper.picture import finding_title, map_picture
    from atlas.public.document import page_bytes
    from atlas.results.finding import reasons
    from atlas.results.story import CountryStory
    from atlas.view import LEVELS, View
    from atlas.words import words
    from data.periods import parse_period

    say = words(lang)
    view = View(lang=lang, period=parse_period(period, registry))
    yield "country", f"card-{registry}-{period}-{lang}", card_html(view, say)
    page = page_bytes(lang, period=view.period, measure="verdict")
    yield "public", f"{registry}-{period}-{lang}", page.decode("utf-8")
    for base in ("people", *(("offences",) if registry == "mpfn" else ())):
        sentences = _reasons(reasons(CountryStory(view.period, base), say))
        yield "country", f"focos-{registry}-{period}-{base}-{lang}", _values(sentences)
    for level in LEVELS[:2]:
        for measure in MEASURES:
            field = "measure" if level == LEVELS[0] else "area_measure"
            shown = view.changed(level=level, **{field: measure})
            if not has_reports(shown):
                continue
            name = f"{registry}-{period}-{level}-{measure}-{lang}"
            yield "table", name, _values(ranking_data(shown, say))
            layer = "regions" if level == LEVELS[0] else "areas"
            yield "tooltip", name, layer_script_for(layer, shown)
            picture = map_picture(shown, with_marks=True)
            labels = [(region.name, region.value) for region in picture.regions]
            yield "map", name, _values([finding_title(shown, say), labels, picture.legend.notes])
