"""What a reader sees where there is nothing to show: calm, in both languages, with the way on."""

from __future__ import annotations

from functools import lru_cache
from html import escape

from messages import LANGUAGES, words

_STYLE = (
    "body{margin:0;padding:2rem 1.25rem;font:1rem/1.5 system-ui,'Segoe UI',Roboto,'DejaVu Sans',"
    "Arial,sans-serif;color:#1f1d1b;background:#fbfaf8}"
    "main{max-width:34rem;margin:0 auto;display:grid;gap:2rem}"
    "section{border-left:3px solid #6d2459;padding-left:1rem}"
    "h1,h2{font-size:1.2rem;line-height:1.3;margin:0 0 .4rem}p{margin:.3rem 0}a{color:#6d2459}"
    "@media(prefers-color-scheme:dark){body{color:#eeebe6;background:#171614}"
    "section{border-color:#d58cc0}a{color:#e0a6d0}}"
)


@lru_cache(maxsize=3)
def calm_page(status: int) -> bytes:
    """Return the page of a status.

    Parameters
    ----------
    status : {400, 404, 503}
        400: the period of the address is not known; 404: there is no such page; 503: the figures
        cannot be given now.
    """
    parts = []
    for number, lang in enumerate(LANGUAGES):
        say = words(lang)
        level = "h1" if number == 0 else "h2"
        parts.append(
            f'<section lang="{lang}"><{level}>{escape(say(f"calm.{status}.title"))}</{level}>'
            f"<p>{escape(say(f'calm.{status}.text'))}</p>"
            f'<p><a href="/public/{lang}">{escape(say("calm.open"))}</a></p>'
            f'<p>{escape(say("help.title"))} <a href="tel:1818">{escape(say("help.1818"))}</a> · '
            f'<a href="tel:100">{escape(say("help.100"))}</a></p></section>'
        )
    return (
        '<!doctype html><html lang="es"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex"><title>Atlas Trata Perú</title>'
        f"<style>{_STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    ).encode()
