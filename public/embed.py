"""The code that another page holds to show ours: a frame that takes the height it needs."""

from __future__ import annotations

from html import escape

FIRST_HEIGHT_PX = 900
"""Until the page has said how tall it is, or for good where the host allows no script."""
_MOST_PX = 20_000
"""A frame follows no message beyond this."""


def embed_code(lang: str, *, page_url: str, card_url: str, title: str, alt: str) -> str:
    """Return HTML for another page.

    Parameters
    ----------
    lang : {"es", "en"}
        Language of the page.
    page_url, card_url : str
        Absolute addresses of the page and of its picture.
    title : str
        What a screen reader says of the frame.
    alt : str
        What it says of the picture that stands there without script.

    Examples
    --------
    >>> code = embed_code("es", page_url="https://a.pe/public/es",
    ...                   card_url="https://a.pe/public/card/es.png", title="t", alt='"a"')
    >>> [line[:8] for line in code.splitlines()], "&quot;a&quot;" in code
    (['<iframe ', '<script>', '<noscrip'], True)
    """
    name = f"atlas-trata-{lang}"
    page, card = escape(page_url), escape(card_url)
    return (
        f'<iframe id="{name}" src="{page}" title="{escape(title)}" lang="{lang}" loading="lazy" '
        f'width="100%" height="{FIRST_HEIGHT_PX}" style="border:0"></iframe>\n'
        f"<script>{_script(name)}</script>\n"
        f'<noscript><a href="{page}"><img src="{card}" width="1200" height="630" '
        f'style="max-width:100%;height:auto" alt="{escape(alt)}"></a></noscript>\n'
    )


def _script(name: str) -> str:
    """Listen to that one frame: a number becomes its height, anything else is left alone."""
    return (
        'addEventListener("message",function(e){'
        f'var f=document.getElementById("{name}"),d=e.data;'
        'if(f&&e.source===f.contentWindow&&d&&d.type==="atlas-height"&&d.height>0)'
        f'f.style.height=Math.min(Math.ceil(d.height),{_MOST_PX})+"px"}})'
    )
