"""Streamlit's own words, which it has in English only, and ours in their place."""

from __future__ import annotations

from atlas.words import LANGUAGES, Words, words

STREAMLIT = {
    "Skip to main content": "skip",
    "App pages": "pages",
    "Expand sidebar": "menu",
    "Sidebar": "menu",
    "Collapse sidebar": "menu_close",
    "Logo": "logo",
    "Navigate to home page": "home",
    "{} more": "more",
    "Open": "open",
    "Close": "close",
    "Clear value": "clear",
    "Clear all": "clear",
    "Clear selection": "clear",
    "Choose an option": "choose",
    "Choose options": "choose",
    "No results": "no_results",
    "Select all": "select_all",
    "Select {} matches": "select_matches",
    "Copy to clipboard": "copy",
    "Copied": "copied",
    "Link to heading": "heading",
    "Show/hide columns": "columns",
    "Download as CSV": "csv",
    "Search": "search",
    "Fullscreen": "fullscreen",
    "Close fullscreen": "fullscreen_close",
    "Help for {}": "help",
    "Press Enter to apply": "enter",
    "Running...": "running",
    "Stop": "stop",
    "Connecting": "connecting",
    "CONNECTING": "connecting",
    "Download failed": "download_failed",
    "Page not found": "lost",
    "You have requested page {}": "lost_text",
    "The page that you have requested {}": "lost_text",
    "This app has encountered an error. {}": "error_text",
    "Copy": "copy",
    "Connection error": "connection",
    "Is Streamlit still running? {}": "connection_text",
    "Streamlit server is not responding. {}": "connection_text",
    "Connection timed out.": "connection_text",
    "Connection lost. {}": "connection_text",
}
"""by what it says, with {} for what varies: the last part of our key ``shell.*``."""


def wording(say: Words) -> list[tuple[str, str]]:
    """Return what stands on a page and what is to stand there, in both cases with {} if it varies.

    The other language is among the first: its words stand there when the reader switches.
    """
    pairs = {english: say(f"shell.{key}") for english, key in STREAMLIT.items()}
    for lang in LANGUAGES:
        there = words(lang)
        # a word that Streamlit says itself is no sign of another language
        pairs = {there(f"shell.{key}"): say(f"shell.{key}") for key in STREAMLIT.values()} | pairs
    return [(was, now) for was, now in pairs.items() if was != now]
