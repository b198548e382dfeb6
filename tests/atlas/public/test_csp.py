"""The policy of the page lets it run what it holds, by hash, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from atlas.html import inline_policy
from atlas.public.document import page_bytes
from atlas.words import LANGUAGES


def _hashes(page: str, tag: str) -> list[str]:
    """A second way: the text between the tags by regular expression."""
    found = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.DOTALL)
    return [base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in found]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_carries_its_own_policy(lang):
    """The meta element is the policy of the finished page; each inline part is in it."""
    page = page_bytes(lang)
    policy = inline_policy(page)
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page.decode()
    for tag in ("style", "script"):
        (digest,) = _hashes(page.decode(), tag)
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors" not in policy


def test_who_may_frame_the_page_goes_into_the_header():
    """Only asked for; a browser ignores it in a meta element."""
    policy = inline_policy(page_bytes("es"), frame_ancestors="*")
    assert policy.endswith("; frame-ancestors *")


def test_a_page_without_parts_may_run_nothing():
    """No style and no script: both are 'none'."""
    policy = inline_policy(b"<p>a</p>")
    assert "style-src 'none'; script-src 'none'" in policy


def test_entities_and_angle_brackets_are_hashed_as_they_stand():
    """A browser hashes the raw text of a script, so must we."""
    script = "if (1 < 2 && '&amp;') { '</scrip' }"
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in inline_policy(f"<script>{script}</script>".encode())
