"""Text from anyone."""

import html
import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from layers.safe import safe, script_json


def test_every_dangerous_character_becomes_an_entity():
    """The entities are those of the characters, in order."""
    assert safe("&<>\"'`${}\\") == "&#38;&#60;&#62;&#34;&#39;&#96;&#36;&#123;&#125;&#92;"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_safe_text_reads_as_the_printable_text(text):
    """A browser shows what was written, and nothing in it can start markup or a template."""
    result = safe(text)
    assert html.unescape(result) == "".join(
        c for c in text.replace("\N{NO-BREAK SPACE}", " ") if c.isprintable()
    )
    assert not set(result) & set("<>\"'`${}\\")


def test_limit_counts_characters_not_entities():
    """Three characters are three, however long their entities."""
    assert safe("<<<<", limit=3) == "&#60;" * 3


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
@example("${window.P=1}</script>\u2028")
def test_script_json_survives_and_cannot_close_its_script(text):
    """The value comes back, and the source holds no tag, no separator, no template."""
    source = script_json([text])
    assert json.loads(source) == [text]
    assert not set(source) & set("<>&'`\u2028\u2029")
    assert "${" not in source


def test_a_no_break_space_stays_a_space():
    """Spanish writes 50 % with one; what is not printable otherwise goes."""
    assert safe("50\N{NO-BREAK SPACE}%\u2028") == "50 %"
