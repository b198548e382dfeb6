"""For maintainers: draw the map that a new reader meets, in every language.

`python -m studies.stored_map` writes `atlas/web/static/first_map.json.gz`, with which a started
server answers at once. A test fails when it is not what the server would draw; of a data folder
with other figures the server draws the map itself.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from atlas.drawing.overlays import layer_script_for
from atlas.map.addresses import shown_layers
from atlas.map.http import drawn_frame
from atlas.view import View
from atlas.web.first_look import STORED_MAP
from atlas.web.still_page import look_content
from atlas.words import DEFAULT_LANGUAGE, LANGUAGES
from data.catalogue import figures_edition


def drawn_map() -> dict[str, Any]:
    """The edition of the figures, and by language the look's values, the frame and the layers."""
    stored: dict[str, Any] = {"figures": figures_edition()}
    for lang in LANGUAGES:
        view = View.from_link({"lang": lang})
        stored[lang] = {
            "look": look_content("map", view),
            "layers": {key: layer_script_for(key, view) for key in shown_layers(view)},
        }
    stored[DEFAULT_LANGUAGE]["frame"] = drawn_frame()  # the same in every language
    return stored


if __name__ == "__main__":
    text = json.dumps(drawn_map(), ensure_ascii=False, indent=1)
    STORED_MAP.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
