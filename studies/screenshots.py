"""Pictures of the pages for the README and for a look with one's own eyes: make screenshots."""

from __future__ import annotations

import sys
from pathlib import Path

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

READY = {
    "metodo": ".catalogue tbody tr",
    "focos": "[data-testid=stDownloadButton]",
    "cifras": ".strips",
    "planificador": ".plan-table",
    "vista-publica": ".glass.loaded",
}
"""what has to stand on a page before its picture is taken"""


def main(folder: Path, only: str = "", theme: str = "light") -> None:
    """Write one PNG a page, language and size."""
    folder.mkdir(parents=True, exist_ok=True)
    with server("app.py") as (address, _), chromium() as browser:
        wait_for(address)
        for name, path in SHOTS.items():
            if only and only != name:
                continue
            for lang in ("es", "en"):
                for size, (width, height) in SIZES.items():
                    context = browser.new_context(
                        viewport={"width": width, "height": height},
                        color_scheme="dark" if theme == "dark" else "light",
                        device_scale_factor=1,
                    )
                    page = context.new_page()
                    page.goto(address + path.format(lang=lang))
                    page.wait_for_selector(READY.get(name, ".atlas-map[data-drawn]"))
                    if name not in READY:
                        page.wait_for_selector(".atlas-table tbody tr")
                    page.wait_for_selector("footer.help")
                    page.wait_for_timeout(900)
                    suffix = "-dark" if theme == "dark" else ""
                    page.screenshot(path=folder / f"{name}-{lang}-{size}{suffix}.png")
                    context.close()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    main(target, *sys.argv[2:4])
