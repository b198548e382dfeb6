"""Write the tags of a shared link: title, description and picture of its view (Open Graph).

The tags stand in the first answer, of the view that a link normalises to. Their picture is drawn
when it is asked for, of as many views as the limit admits; of one more, title and picture are the
country's, so that no preview has the title of one map above another.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from markupsafe import Markup

from atlas.html import render
from atlas.settings import PAGES, base_url
from atlas.words import Words

PICTURE_PATH = "/share/{lang}.png"
SIZE_PX = (1200, 630)
"""as networks show it"""
PICTURED = ("map", "hotspots")
"""pages whose picture is of their view; of the others it is the country's"""
Link = Mapping[str, str]


class Admission:
    """Views that may have a picture: those of late, and a few new ones a minute.

    ``burst`` new views at once, then one each ``seconds``; ``most`` are remembered.
    """

    def __init__(
        self,
        burst: int = 40,
        seconds: float = 3.0,
        most: int = 256,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._views: OrderedDict[str, None] = OrderedDict()
        self._burst, self._seconds, self._most, self._clock = burst, seconds, most, clock
        self._left, self._at = float(burst), clock()
        self._lock = threading.Lock()

    def admits(self, view: str) -> bool:
        """Whether a view is known or one of the new ones that still may come."""
        with self._lock:
            if view in self._views:
                self._views.move_to_end(view)
                return True
            now = self._clock()
            self._left = min(self._burst, self._left + (now - self._at) / self._seconds)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            self._views[view] = None
            if len(self._views) > self._most:
                self._views.popitem(last=False)
            return True


ADMISSION = Admission()
"""of this process: a preview is asked for seldom, and a reader of the pages never"""


def picture_address(link: Link) -> str:
    """The path of the picture of a normalised link."""
    more = {name: text for name, text in link.items() if name != "lang"}
    query = f"?{urlencode(more)}" if more else ""
    return f"{PICTURE_PATH.format(lang=link['lang'])}{query}"


def preview_tags(feature: str, link: Link, title: str, country: str, say: Words) -> Markup:
    """Return the meta tags of a page, for the view of ``link`` with its finding ``title``.

    If the limit of pictures is reached, the tags are those of the country, with ``country`` as
    title. Without ATLAS_BASE_URL only the title: no other host is believed.
    """
    base = base_url()
    is_pictured = feature in PICTURED and len(link) > 1
    if base and is_pictured and not ADMISSION.admits(picture_address(link)):
        link, title, is_pictured = {"lang": link["lang"]}, country, False
    shown = link if is_pictured else {"lang": link["lang"]}
    root = (base or "").rstrip("/")
    return Markup(
        render(
            "preview",
            say,
            title=title,
            page=f"{root}/{PAGES[feature]}?{urlencode(link)}" if base else "",
            picture=f"{root}{picture_address(shown)}",
            size=SIZE_PX,
        )
    )
