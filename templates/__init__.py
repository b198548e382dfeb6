"""HTML of pages and files, by Jinja2: every value is escaped, a missing one is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from messages import Words

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, say: Words, **values: Any) -> Markup:
    """Return the HTML of a template; put into another template it is not escaped again.

    Parameters
    ----------
    template : str
        File of this folder without its suffix, e.g. ``"card"``.
    say : Words
        The language, at hand in the template.
    values
        Everything else that the template names.

    Raises
    ------
    jinja2.UndefinedError
        If the template names a value that is not given.
    """
    text = _ENVIRONMENT.get_template(f"{template}.html.j2").render(say=say, **values)
    return Markup(text)
