"""For maintainers: draw the first look of the map that a new reader meets, in every language.

`python -m studies.stored_looks` writes `atlas/web/static/looks.json.gz`, with which a started
server answers at once. A test fails when it is not what the server would draw; of a data folder
with other figures the server draws the looks itself.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from atlas.view import View
from atlas.web.first_look import STORED_LOOKS
from atlas.web.still_page import look_content
from atlas.words import LANGUAGES
from data.catalogue import figures_edition


def drawn_looks() -> dict[str, Any]:
    """The edition of the figures, and the values of the look by language."""
    looks = {lang: look_content("map", View.from_link({"lang": lang})) for lang in LANGUAGES}
    return {"figures": figures_edition(), **looks}


if __name__ == "__main__":
    text = json.dumps(drawn_looks(), ensure_ascii=False, indent=1)
    STORED_LOOKS.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
