"""Make pictures of the pages for the README, the guides, and a look with one's own eyes."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from atlas.words import LANGUAGES
from studies.benchmarks.browser import ROOT, chromium, server, wait_for

SIZES = {"1280x900": (1280, 900), "390x844": (390, 844)}
SHOTS = {
    "mapa": "/?lang={lang}&period=2023&layers=density-mining-zones-routes-places-services",
    "densidad": "/?lang={lang}&period=2023&measure=count&layers=density-places&bw=40",
    "focos": "/focos?lang={lang}&period=2023",
    "cifras": "/cifras?lang={lang}",
    "planificador": "/planificador?lang={lang}",
    "vista-publica": "/vista-publica?lang={lang}",
    "metodo": "/metodo?lang={lang}",
}

GUIDES = {
    "card": "/?lang={lang}&period=2023&dep=17",
    "plan": "/planificador?lang={lang}",
    "embed": "/public/{lang}/compact?registry=mpfn&period=2023&measure=verdict&base=people",
}
"""what the guides show, one window each; of the embedded page its frame"""
GUIDE_SIZES = {"embed": (720, 600)}

READY = {
    "metodo": "#catalogue",
    "focos": ".matrix-root tbody td",
    "cifras": ".strips",
    "planificador": "details.sure",
    "vista-publica": ".glass.loaded",
    "plan": "details.sure",
    "embed": "#map-title",
}
"""what has to stand on a page before its picture is taken"""


def pictures(theme: str = "light") -> dict[str, tuple[str, str, tuple[int, int]]]:
    """Map each file of pictures to its entry in READY, its address and the size of its window."""
    suffix = "-dark" if theme == "dark" else ""
    files = {
        f"{name}-{lang}-{size}{suffix}.png": (name, path.format(lang=lang), window)
        for name, path in SHOTS.items()
        for lang in LANGUAGES
        for size, window in SIZES.items()
    }
    return files | {
        f"guides/{name}-{lang}{suffix}.png": (
            name,
            path.format(lang=lang),
            GUIDE_SIZES.get(name, SIZES["1280x900"]),
        )
        for name, path in GUIDES.items()
        for lang in LANGUAGES
    }


def main(folder: Path, only: str = "", theme: str = "light") -> None:
    """Write the pictures; only those of one name, or of the "guides"."""
    (folder / "guides").mkdir(parents=True, exist_ok=True)
    with server("app.py") as (address, _), chromium() as browser:
        wait_for(address)
        for file, (name, path, (width, height)) in pictures(theme).items():
            if only not in ("", name, file.partition("/")[0]):
                continue
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if theme == "dark" else "light",
                device_scale_factor=1,
            )
            page = context.new_page()
            page.goto(address + path)
            page.wait_for_selector(READY.get(name, ".atlas-map[data-drawn]"))
            if name not in READY:
                page.wait_for_selector(".atlas-table tbody tr")
            if name not in GUIDE_SIZES:
                page.wait_for_selector("footer.help")
            page.wait_for_timeout(900)
            page.screenshot(path=folder / file)
            with Image.open(folder / file) as picture:
                picture.convert("RGB").quantize(256).save(folder / file, optimize=True)
            context.close()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    main(target, *sys.argv[2:4])
