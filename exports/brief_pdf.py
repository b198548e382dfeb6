"""A department's brief as two A4 pages: the same content gives the same bytes."""

from __future__ import annotations

from exports.brief import Brief
from exports.brief_first import first_page
from exports.brief_second import second_page
from exports.pdf_pages import pdf_pages


def brief_pdf(brief: Brief) -> bytes:
    """Draw a brief as PDF with selectable text, embedded fonts, title, author and language.

    No date of making enters the file: the same figures, words and version of this code give the
    same bytes.
    """
    return pdf_pages(
        (first_page(brief), second_page(brief)),
        lang=brief.lang,
        title=f"{brief.name}: {brief.kind}, {brief.period}",
        author=brief.product,
        subject=" ".join(brief.caveats),
        keywords=brief.keywords,
    )
