"""A department's brief as two A4 pages: the same content gives the same bytes."""

from __future__ import annotations

import io

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from exports.brief import Brief
from exports.brief_first import first_page
from exports.brief_second import second_page
from exports.faces import clean
from exports.scene_pdf import draw_scene, register_faces

_LANGUAGES = {"es": "es-PE", "en": "en"}


def brief_pdf(brief: Brief) -> bytes:
    """Draw a brief as PDF with selectable text, embedded fonts, title, author and language.

    No date of making enters the file: the same figures, words and version of this code give the
    same bytes.
    """
    register_faces()
    out = io.BytesIO()
    canvas = Canvas(
        out,
        pagesize=A4,
        invariant=1,
        pageCompression=1,
        lang=_LANGUAGES[brief.lang],
        initialFontName="AtlasSans",
    )
    canvas.setTitle(clean(f"{brief.name}: {brief.kind}, {brief.period}"))
    canvas.setAuthor(clean(brief.product))
    canvas.setSubject(clean(" ".join(brief.caveats)))
    canvas.setKeywords(clean(brief.keywords))
    canvas.setCreator(clean(brief.product))
    canvas.setViewerPreference("DisplayDocTitle", "true")
    for page in (first_page(brief), second_page(brief)):
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
