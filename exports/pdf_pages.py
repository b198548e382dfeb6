"""Placed scenes as the pages of a PDF: the same pages give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from exports.brief_page import PlacedScene
from exports.faces import clean
from exports.scene_pdf import draw_scene, register_faces

_LANGUAGES = {"es": "es-PE", "en": "en"}


def pdf_pages(
    pages: Iterable[Iterable[PlacedScene]],
    *,
    lang: str,
    title: str,
    author: str,
    subject: str,
    keywords: str = "",
) -> bytes:
    """Draw A4 pages with selectable text, embedded fonts, title, author and language.

    Parameters
    ----------
    pages : iterable of iterables of PlacedScene
        What stands on each page, lowest first.
    lang : {"es", "en"}
    title, author, subject, keywords : str
        Of the document; no date of making enters the file.

    Returns
    -------
    bytes
    """
    register_faces()
    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=A4,
        invariant=1,
        pageCompression=1,
        lang=_LANGUAGES[lang],
        initialFontName="AtlasSans",
    )
    canvas.setTitle(clean(title))
    canvas.setAuthor(clean(author))
    canvas.setSubject(clean(subject))
    if keywords:
        canvas.setKeywords(clean(keywords))
    canvas.setCreator(clean(author))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    for page in pages:
        for placed in page:
            draw_scene(
                canvas,
                placed.scene,
                left=placed.left,
                top=A4[1] - placed.top,
                width=placed.width,
                corner=placed.corner,
            )
        canvas.showPage()
    canvas.save()
    return out.getvalue()
